/*
 * hashset.c
 *		A set of hashes: rows and tokens seen before.
 *
 * An array sorted with gaps: each value is at its home, the place in proportion
 * to it, or behind it with no gap between, where smaller values are in its way.
 * As it is sorted, it grows in place.  At half to three quarters full, 21 to 32
 * bytes are held for a row, 16 of them the value itself.
 */
#include "base/hashset.h"

#include <endian.h>
#include <openssl/rand.h>
#include <stdlib.h>
#include <string.h>

#define FIRST	128				/* homes that a set starts with */
#define SPARE	16

#define Max(x, y)	((x) > (y) ? (x) : (y))

/* One round of SipHash (Aumasson and Bernstein, 2012). */
static inline void
sip_round(uint64_t v[4])
{
#define ROTATE(x, n)	((x) << (n) | (x) >> (64 - (n)))
	v[0] += v[1];
	v[2] += v[3];
	v[1] = ROTATE(v[1], 13) ^ v[0];
	v[3] = ROTATE(v[3], 16) ^ v[2];
	v[0] = ROTATE(v[0], 32);
	v[2] += v[1];
	v[0] += v[3];
	v[1] = ROTATE(v[1], 17) ^ v[2];
	v[3] = ROTATE(v[3], 21) ^ v[0];
	v[2] = ROTATE(v[2], 32);
}

/*
 * Take a word of the text into the state.
 */
static inline void
sip_word(uint64_t v[4], uint64_t word)
{
	v[3] ^= word;
	sip_round(v);
	sip_round(v);
	v[0] ^= word;
}

/*
 * Half of the result, 64 bits; the first half comes first.
 */
static inline uint64_t
sip_end(uint64_t v[4])
{
	int			i;

	for (i = 0; i < 4; i++)
		sip_round(v);
	return v[0] ^ v[1] ^ v[2] ^ v[3];
}

/*
 * SipHash-2-4 with a result of 128 bits.
 */
SsmHash
ssm_siphash(const uint64_t key[2], const char *text, size_t len)
{
	uint64_t	v[4] = {
		key[0] ^ UINT64_C(0x736F6D6570736575), key[1] ^ UINT64_C(0x646F72616E646F6D) ^ 0xEE,
		key[0] ^ UINT64_C(0x6C7967656E657261), key[1] ^ UINT64_C(0x7465646279746573)
	};
	uint64_t	word;
	uint64_t	low;
	size_t		i;

	for (i = 0; i + 8 <= len; i += 8)
	{
		memcpy(&word, text + i, 8);
		sip_word(v, le64toh(word));
	}
	word = 0;
	memcpy(&word, text + i, len - i);
	sip_word(v, le64toh(word) | (uint64_t) len << 56);
	v[2] ^= 0xEE;
	low = sip_end(v);
	v[1] ^= 0xDD;
	return (SsmHash) sip_end(v) << 64 | low;
}

/*
 * The hash of no text at all.  It is another in each process, so that nobody
 * outside can choose texts whose hashes are the same or near each other.
 */
SsmHash
ssm_hash_start(void)
{
	static SsmHash secret = 0;

	/* should there be no random bytes, rows are told apart all the same */
	if (secret == 0 && RAND_bytes((unsigned char *) &secret, sizeof(secret)) != 1)
		secret = 1;
	return secret;
}

/*
 * Go on hashing with len more bytes.  The hash so far is the key, so that ("a",
 * "bc") and ("ab", "c") differ.  The result is never 0.
 */
SsmHash
ssm_hash_add(SsmHash hash, const char *text, size_t len)
{
	const uint64_t key[2] = {hash, hash >> 64};

	hash = ssm_siphash(key, text, len);
	return hash ? hash : 1;
}

/*
 * The value to sort by: every bit of the hash counts in the upper ones, which
 * make the home.  Different for different hashes, and 0 for none but 0.
 */
static SsmHash
stir(SsmHash hash)
{
	return hash * ((SsmHash) 0x9E3779B97F4A7C15 << 64 | 0xF39CC0605CEDC835);
}

/*
 * Where a value would like to be.
 */
static size_t
home(SsmHash value, size_t homes)
{
	return (size_t) ((value >> 64) * homes >> 64);
}

/*
 * The slot that holds the value, or the one where it belongs, free or not.
 */
static size_t
find_slot(const SsmHashSet *set, SsmHash value)
{
	size_t		i = home(value, set->homes);

	while (i < set->size && set->slots[i] != 0 && set->slots[i] < value)
		i++;
	return i;
}

/*
 * Spread the values over that many homes, no fewer than there were, with at
 * least SPARE free slots at the end.  False if malloc fails; the set is then as
 * it was.
 */
static bool
spread(SsmHashSet *set, size_t homes)
{
	size_t		size = homes;
	size_t		to = 0;
	size_t		from;
	size_t		i;
	SsmHash    *slots;

	/* where will the last one be pushed to? */
	for (i = 0; i < set->size; i++)
		if (set->slots[i] != 0)
			to = Max(to, home(set->slots[i], homes)) + 1;
	size = Max(size, to) + SPARE;
	slots = realloc(set->slots, size * sizeof(SsmHash));
	if (slots == NULL)
		return false;

	/* all to the end, and from there each to its place, which is not beyond */
	for (i = set->size, from = size; i > 0; i--)
		if (slots[i - 1] != 0)
			slots[--from] = slots[i - 1];
	memset(slots, 0, from * sizeof(SsmHash));
	for (to = 0; from < size; from++)
	{
		SsmHash		value = slots[from];

		slots[from] = 0;
		to = Max(to, home(value, homes));
		slots[to++] = value;
	}
	set->slots = slots;
	set->homes = homes;
	set->size = size;
	return true;
}

/*
 * Add a value, if it is not there.
 */
static SsmHashSetAdd
add_value(SsmHashSet *set, SsmHash value)
{
	size_t		i;
	size_t		gap;

	if (set->n * 4 >= set->homes * 3 && !spread(set, set->homes ? set->homes + set->homes / 2 : FIRST))
		return SSM_HASHSET_NOMEM;
	i = find_slot(set, value);
	if (i < set->size && set->slots[i] == value)
		return SSM_HASHSET_PRESENT;
	for (gap = i; gap < set->size && set->slots[gap] != 0; gap++)
		;
	if (gap == set->size)
		return spread(set, set->homes) ? add_value(set, value) : SSM_HASHSET_NOMEM;
	memmove(&set->slots[i + 1], &set->slots[i], (gap - i) * sizeof(SsmHash));
	set->slots[i] = value;
	set->n++;
	return SSM_HASHSET_ADDED;
}

/*
 * Add a hash, if it is not there.
 */
SsmHashSetAdd
ssm_hashset_add(SsmHashSet *set, SsmHash hash)
{
	return add_value(set, stir(hash));
}

/*
 * Is the hash in the set?
 */
bool
ssm_hashset_has(const SsmHashSet *set, SsmHash hash)
{
	SsmHash		value = stir(hash);
	size_t		i = find_slot(set, value);

	return i < set->size && set->slots[i] == value;
}

/*
 * Empty the set, keeping its memory.
 */
void
ssm_hashset_clear(SsmHashSet *set)
{
	if (set->n > 0)
		memset(set->slots, 0, set->size * sizeof(SsmHash));
	set->n = 0;
}

/*
 * Release the memory; the set is then empty and usable.
 */
void
ssm_hashset_free(SsmHashSet *set)
{
	free(set->slots);
	memset(set, 0, sizeof(*set));
}

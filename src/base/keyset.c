/*
 * keyset.c
 *		A set of hashes: rows and tokens seen before.
 *
 * An array sorted with gaps: each value is at its home, the place in proportion
 * to it, or behind it with no gap between, where smaller values are in its way.
 * As it is sorted, it grows in place.  At half to three quarters full, 21 to 32
 * bytes are held for a row, 16 of them the value itself.
 */
#include "base/keyset.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#define FIRST	128				/* homes that a set starts with */
#define SPARE	16

#define Max(x, y)	((x) > (y) ? (x) : (y))

/*
 * The hash of no text at all (FNV-1a with 128 bits, RFC 9923).
 */
SsmHash
ssm_hash_start(void)
{
	return (SsmHash) 0x6C62272E07BB0142 << 64 | 0x62B821756295C58D;
}

/*
 * Go on hashing with len more bytes and an end mark, so that ("a", "bc") and
 * ("ab", "c") differ.  The result is never 0.
 */
SsmHash
ssm_hash_add(SsmHash hash, const char *text, size_t len)
{
	const SsmHash prime = (SsmHash) 0x0000000001000000 << 64 | 0x000000000000013B;
	size_t		i;

	for (i = 0; i < len; i++)
		hash = (hash ^ (unsigned char) text[i]) *prime;
	hash = (hash ^ 0xFF) * prime;
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
find_slot(const SsmKeySet *set, SsmHash value)
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
spread(SsmKeySet *set, size_t homes)
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
static SsmKeySetAdd
add_value(SsmKeySet *set, SsmHash value)
{
	size_t		i;
	size_t		gap;

	if (set->n * 4 >= set->homes * 3 && !spread(set, set->homes ? set->homes + set->homes / 2 : FIRST))
		return SSM_KEYSET_NOMEM;
	i = find_slot(set, value);
	if (i < set->size && set->slots[i] == value)
		return SSM_KEYSET_PRESENT;
	for (gap = i; gap < set->size && set->slots[gap] != 0; gap++)
		;
	if (gap == set->size)
		return spread(set, set->homes) ? add_value(set, value) : SSM_KEYSET_NOMEM;
	memmove(&set->slots[i + 1], &set->slots[i], (gap - i) * sizeof(SsmHash));
	set->slots[i] = value;
	set->n++;
	return SSM_KEYSET_ADDED;
}

/*
 * Add a hash, if it is not there.
 */
SsmKeySetAdd
ssm_keyset_add(SsmKeySet *set, SsmHash hash)
{
	return add_value(set, stir(hash));
}

/*
 * Is the hash in the set?
 */
bool
ssm_keyset_has(const SsmKeySet *set, SsmHash hash)
{
	SsmHash		value = stir(hash);
	size_t		i = find_slot(set, value);

	return i < set->size && set->slots[i] == value;
}

/*
 * Add all hashes of another set.  False if malloc fails.
 */
bool
ssm_keyset_merge(SsmKeySet *set, const SsmKeySet *other)
{
	size_t		i;

	for (i = 0; i < other->size; i++)
		if (other->slots[i] != 0 &&
			add_value(set, other->slots[i]) == SSM_KEYSET_NOMEM)
			return false;
	return true;
}

/*
 * Empty the set, keeping its memory.
 */
void
ssm_keyset_clear(SsmKeySet *set)
{
	if (set->n > 0)
		memset(set->slots, 0, set->size * sizeof(SsmHash));
	set->n = 0;
}

/*
 * Release the memory; the set is then empty and usable.
 */
void
ssm_keyset_free(SsmKeySet *set)
{
	free(set->slots);
	memset(set, 0, sizeof(*set));
}

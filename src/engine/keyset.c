/*
 * keyset.c
 *		A set of hashes: rows and tokens seen before.
 *
 * Open addressing, a quarter to half full: 32 to 64 bytes are held for a row, 16
 * of them the hash itself, and half as many more while the set grows.
 */
#include "engine/keyset.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

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
 * The slot that holds the hash, or the free one where it belongs.
 */
static SsmHash *
find_slot(SsmHash *slots, size_t size, SsmHash hash)
{
	size_t		i = (size_t) (hash ^ hash >> 64) & (size - 1);

	while (slots[i] != 0 && slots[i] != hash)
		i = (i + 1) & (size - 1);
	return &slots[i];
}

/*
 * Double the slots.  False if malloc fails; the set is then as it was.
 */
static bool
grow(SsmKeySet *set)
{
	size_t		size = set->size ? set->size * 2 : 128;
	SsmHash    *slots = calloc(size, sizeof(SsmHash));
	size_t		i;

	if (slots == NULL)
		return false;
	for (i = 0; i < set->size; i++)
		if (set->slots[i] != 0)
			*find_slot(slots, size, set->slots[i]) = set->slots[i];
	free(set->slots);
	set->slots = slots;
	set->size = size;
	return true;
}

/*
 * Add a hash, if it is not there.
 */
SsmKeySetAdd
ssm_keyset_add(SsmKeySet *set, SsmHash hash)
{
	SsmHash    *slot;

	if (set->n * 2 >= set->size && !grow(set))
		return SSM_KEYSET_NOMEM;
	slot = find_slot(set->slots, set->size, hash);
	if (*slot == hash)
		return SSM_KEYSET_PRESENT;
	*slot = hash;
	set->n++;
	return SSM_KEYSET_ADDED;
}

/*
 * Is the hash in the set?
 */
bool
ssm_keyset_has(const SsmKeySet *set, SsmHash hash)
{
	return set->n > 0 && *find_slot(set->slots, set->size, hash) == hash;
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
			ssm_keyset_add(set, other->slots[i]) == SSM_KEYSET_NOMEM)
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

/*
 * hashset.h
 *		A set of hashes: rows and tokens seen before.
 */
#ifndef SSM_BASE_HASHSET_H
#define SSM_BASE_HASHSET_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * 128 bits stand for the text they were made from: among a billion texts two
 * share a hash with a chance under 10^-20.
 */
typedef unsigned __int128 SsmHash;

typedef struct SsmHashSet
{
	SsmHash    *slots;			/* 0 marks a gap */
	size_t		size;			/* slots */
	size_t		homes;			/* the first so many may be a value's home */
	size_t		n;				/* hashes held */
} SsmHashSet;

typedef enum SsmHashSetAdd
{
	SSM_HASHSET_ADDED,
	SSM_HASHSET_PRESENT,
	SSM_HASHSET_NOMEM
} SsmHashSetAdd;

extern SsmHash ssm_siphash(const uint64_t key[2], const char *text, size_t len);
extern SsmHash ssm_hash_start(void);
extern SsmHash ssm_hash_add(SsmHash hash, const char *text, size_t len);
extern SsmHashSetAdd ssm_hashset_add(SsmHashSet *set, SsmHash hash);
extern bool ssm_hashset_has(const SsmHashSet *set, SsmHash hash);
extern void ssm_hashset_clear(SsmHashSet *set);
extern void ssm_hashset_free(SsmHashSet *set);

#endif							/* SSM_BASE_HASHSET_H */

/*
 * keyset.h
 *		A set of hashes: rows and tokens seen before.
 */
#ifndef SSM_BASE_KEYSET_H
#define SSM_BASE_KEYSET_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * 128 bits stand for the text they were made from: among a billion texts two
 * share a hash with a chance under 10^-20.
 */
typedef unsigned __int128 SsmHash;

typedef struct SsmKeySet
{
	SsmHash    *slots;			/* 0 marks a gap */
	size_t		size;			/* slots */
	size_t		homes;			/* the first so many may be a value's home */
	size_t		n;				/* hashes held */
} SsmKeySet;

typedef enum SsmKeySetAdd
{
	SSM_KEYSET_ADDED,
	SSM_KEYSET_PRESENT,
	SSM_KEYSET_NOMEM
} SsmKeySetAdd;

extern SsmHash ssm_siphash(const uint64_t key[2], const char *text, size_t len);
extern SsmHash ssm_hash_start(void);
extern SsmHash ssm_hash_add(SsmHash hash, const char *text, size_t len);
extern SsmKeySetAdd ssm_keyset_add(SsmKeySet *set, SsmHash hash);
extern bool ssm_keyset_has(const SsmKeySet *set, SsmHash hash);
extern void ssm_keyset_clear(SsmKeySet *set);
extern void ssm_keyset_free(SsmKeySet *set);

#endif							/* SSM_BASE_KEYSET_H */

/*
 * fuzz.h
 *		One fuzz target: libFuzzer calls it with what it makes up, the replay in
 *		"make unit" with the files of its corpus.
 */
#ifndef SSM_TEST_FUZZ_H
#define SSM_TEST_FUZZ_H

#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

/*
 * What must hold for any input.  A fuzzer takes the abort for a crash and keeps
 * the input.
 */
#define MUST(condition) \
	do { \
		if (!(condition)) \
		{ \
			fprintf(stderr, "%s:%d: not so: %s\n", __FILE__, __LINE__, #condition); \
			abort(); \
		} \
	} while (0)

extern int	LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#endif							/* SSM_TEST_FUZZ_H */

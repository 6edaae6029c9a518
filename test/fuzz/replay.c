/*
 * replay.c
 *		Run a fuzz target over its corpus, as a test program: build/unit/fuzz_x
 *		over test/fuzz/corpus/x.
 */
#include <dirent.h>
#include <string.h>

#include "fuzz.h"
#include "tap.h"

#define LARGEST		(1024 * 1024)

/*
 * Give one file to the target.  False if it cannot be read.
 */
static bool
replay(const char *path)
{
	static uint8_t data[LARGEST];
	FILE	   *file = fopen(path, "rb");
	uint8_t    *copy;
	size_t		size;

	if (file == NULL)
		return false;
	size = fread(data, 1, sizeof(data), file);
	fclose(file);
	/* of exactly that size, so that a read past the end is noticed */
	copy = malloc(size > 0 ? size : 1);
	if (copy == NULL)
		return false;
	memcpy(copy, data, size);
	LLVMFuzzerTestOneInput(copy, size);
	free(copy);
	return true;
}

/*
 * The program's name tells the corpus.
 */
int
main(int argc, char **argv)
{
	const char *name = strrchr(argv[0], '/');
	char		folder[256];
	char		path[1024];
	struct dirent *entry;
	DIR		   *dir;

	(void) argc;
	name = name ? name + 1 : argv[0];
	snprintf(folder, sizeof(folder), "test/fuzz/corpus/%s", name + strlen("fuzz_"));
	dir = opendir(folder);
	while (dir && (entry = readdir(dir)) != NULL)
	{
		if (entry->d_name[0] == '.')
			continue;
		snprintf(path, sizeof(path), "%s/%s", folder, entry->d_name);
		ok(replay(path), "%s", path);
	}
	if (dir)
		closedir(dir);
	ok(tap_count > 0, "%s has files", folder);
	return done_testing();
}

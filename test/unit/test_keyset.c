/*
 * test_keyset.c
 *		Hashes and sets of them.
 */
#include "engine/keyset.h"
#include "tap.h"

#define MANY	100000

/*
 * The hash of some texts, up to a NULL.
 */
static SsmHash
hash(const char *first, const char *second)
{
	SsmHash		h = ssm_hash_add(ssm_hash_start(), first, strlen(first));

	return second ? ssm_hash_add(h, second, strlen(second)) : h;
}

/*
 * The hash of a number, as any hash is as good as another.
 */
static SsmHash
numbered(int n)
{
	char		digits[16];

	snprintf(digits, sizeof(digits), "%d", n);
	return hash(digits, NULL);
}

/*
 * Test that a hash has these 32 digits.
 */
static void
is_hash(SsmHash got, const char *want, const char *name)
{
	char		digits[33];

	snprintf(digits, sizeof(digits), "%016llx%016llx",
			 (unsigned long long) (got >> 64), (unsigned long long) got);
	is_str(digits, want, name);
}

/*
 * Hashes are those of FNV-1a over the texts, each with 0xFF behind it (worked
 * out with other code), and tell texts apart by where they end.
 */
static void
test_hashes(void)
{
	is_hash(ssm_hash_start(), "6c62272e07bb014262b821756295c58d", "of nothing");
	is_hash(hash("", NULL), "d228cb68f51a8caf78912b704e49f346", "of an empty text");
	is_hash(hash("a", NULL), "0880954550ab1be95aa0733055b751b9", "of \"a\"");
	is_hash(hash("foobar", NULL), "e01fcf9b144ff78da540f1b23235b13d", "of \"foobar\"");
	is_hash(hash("a", "b"), "697222d0e0757277b806e9775b4e0ce2", "of two texts");
	ok(hash("a", "bc") != hash("ab", "c"), "the border counts");
	ok(hash("", "abc") != hash("abc", ""), "also at the ends");
	ok(hash("abc", NULL) != hash("abc", ""), "an empty text is not none");
	ok(hash("a", "b") != hash("b", "a"), "the order counts");
	ok(ssm_hash_add(ssm_hash_start(), "a\0b", 3) != ssm_hash_add(ssm_hash_start(), "a\0c", 3),
	   "a NUL ends nothing");
}

/*
 * How many of the numbers from a range are in the set.
 */
static int
count(const SsmKeySet *set, int from, int to)
{
	int			n = 0;

	for (; from < to; from++)
		n += ssm_keyset_has(set, numbered(from));
	return n;
}

/*
 * Add a range of numbers; returns how many were new.
 */
static int
add(SsmKeySet *set, int from, int to)
{
	int			n = 0;

	for (; from < to; from++)
		n += ssm_keyset_add(set, numbered(from)) == SSM_KEYSET_ADDED;
	return n;
}

/*
 * A set from empty to large and back.
 */
static void
test_growth(void)
{
	SsmKeySet	set = {0};
	SsmHash    *slots;

	ok(!ssm_keyset_has(&set, numbered(0)), "nothing is in an empty set");
	ssm_keyset_clear(&set);
	ok(set.slots == NULL, "clearing an empty set");
	is_int(ssm_keyset_add(&set, numbered(0)), SSM_KEYSET_ADDED, "added");
	is_int(ssm_keyset_add(&set, numbered(0)), SSM_KEYSET_PRESENT, "present");
	is_int(set.n, 1, "once");
	ok(ssm_keyset_has(&set, numbered(0)) && !ssm_keyset_has(&set, numbered(1)), "it and no other");

	is_int(add(&set, 0, MANY), MANY - 1, "many added");
	is_int(add(&set, 0, MANY), 0, "none twice");
	is_int(set.n, MANY, "held");
	is_int(count(&set, 0, MANY), MANY, "all found");
	is_int(count(&set, MANY, 2 * MANY), 0, "no other found");
	ok(set.size >= 2 * MANY && set.size <= 4 * MANY && (set.size & (set.size - 1)) == 0,
	   "between a quarter and half full");

	slots = set.slots;
	ssm_keyset_clear(&set);
	is_int(set.n, 0, "cleared");
	is_int(count(&set, 0, MANY), 0, "nothing left");
	ok(set.slots == slots, "but its memory");
	is_int(add(&set, 5, 10), 5, "added again");
	is_int(count(&set, 0, 20), 5, "and found");
	ssm_keyset_free(&set);
	ok(set.slots == NULL && set.n == 0 && set.size == 0, "freed");
	is_int(add(&set, 0, 3), 3, "and usable");
	ssm_keyset_free(&set);
}

/*
 * Hashes that want the same slot, the last one and the first.
 */
static void
test_collisions(void)
{
	SsmKeySet	set = {0};
	int			i;
	int			found = 0;

	for (i = 1; i <= 60; i++)
		ssm_keyset_add(&set, (SsmHash) i << 32 | 127);
	is_int(set.size, 128, "not grown yet");
	for (i = 1; i <= 60; i++)
		found += ssm_keyset_has(&set, (SsmHash) i << 32 | 127);
	is_int(found, 60, "all in one slot are found");
	ok(!ssm_keyset_has(&set, (SsmHash) 61 << 32 | 127), "and no other");
	ssm_keyset_free(&set);
}

/*
 * One set joins another.
 */
static void
test_merge(void)
{
	SsmKeySet	set = {0};
	SsmKeySet	other = {0};

	ok(ssm_keyset_merge(&set, &other) && set.n == 0, "nothing joins nothing");
	add(&set, 0, 100);
	ok(ssm_keyset_merge(&set, &other) && set.n == 100, "nothing joins some");
	add(&other, 50, 1050);
	ok(ssm_keyset_merge(&set, &other), "joined");
	is_int(set.n, 1050, "those in both count once");
	is_int(count(&set, 0, 2000), 1050, "all found");
	is_int(count(&other, 0, 2000), 1000, "the other is as it was");
	ssm_keyset_free(&set);
	ok(ssm_keyset_merge(&set, &other) && count(&set, 0, 2000) == 1000, "some join nothing");
	ssm_keyset_free(&set);
	ssm_keyset_free(&other);
}

/*
 * Run all tests.
 */
int
main(void)
{
	test_hashes();
	test_growth();
	test_collisions();
	test_merge();
	return done_testing();
}

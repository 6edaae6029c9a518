/*
 * test_hashset.c
 *		Hashes and sets of them.
 */
#include "base/hashset.h"
#include "base/array.h"
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
 * SipHash gives its authors' test vectors (key and text are 0, 1, 2 and so on);
 * hashes tell texts apart by where they end.
 */
static void
test_hashes(void)
{
	const uint64_t key[2] = {UINT64_C(0x0706050403020100), UINT64_C(0x0F0E0D0C0B0A0908)};
	static const char text[] = {0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14};

	is_hash(ssm_siphash(key, text, 0), "930255c71472f66de6a825ba047f81a3", "of nothing");
	is_hash(ssm_siphash(key, text, 1), "45fc229b1159763444af996bd8c187da", "of a byte");
	is_hash(ssm_siphash(key, text, 15), "d9c3cf970fec087e11a8b03399e99354", "of 15 bytes");
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
count(const SsmHashSet *set, int from, int to)
{
	int			n = 0;

	for (; from < to; from++)
		n += ssm_hashset_has(set, numbered(from));
	return n;
}

/*
 * Add a range of numbers; returns how many were new.
 */
static int
add(SsmHashSet *set, int from, int to)
{
	int			n = 0;

	for (; from < to; from++)
		n += ssm_hashset_add(set, numbered(from)) == SSM_HASHSET_ADDED;
	return n;
}

/*
 * A set from empty to large and back.
 */
static void
test_growth(void)
{
	SsmHashSet	set = {0};
	SsmHash    *slots;

	ok(!ssm_hashset_has(&set, numbered(0)), "nothing is in an empty set");
	ssm_hashset_clear(&set);
	ok(set.slots == NULL, "clearing an empty set");
	is_int(ssm_hashset_add(&set, numbered(0)), SSM_HASHSET_ADDED, "added");
	is_int(ssm_hashset_add(&set, numbered(0)), SSM_HASHSET_PRESENT, "present");
	is_int(set.n, 1, "once");
	ok(ssm_hashset_has(&set, numbered(0)) && !ssm_hashset_has(&set, numbered(1)), "it and no other");

	is_int(add(&set, 0, MANY), MANY - 1, "many added");
	is_int(add(&set, 0, MANY), 0, "none twice");
	is_int(set.n, MANY, "held");
	is_int(count(&set, 0, MANY), MANY, "all found");
	is_int(count(&set, MANY, 2 * MANY), 0, "no other found");
	slots = set.slots;
	ssm_hashset_clear(&set);
	is_int(set.n, 0, "cleared");
	is_int(count(&set, 0, MANY), 0, "nothing left");
	ok(set.slots == slots, "but its memory");
	is_int(add(&set, 5, 10), 5, "added again");
	is_int(count(&set, 0, 20), 5, "and found");
	ssm_hashset_free(&set);
	ok(set.slots == NULL && set.n == 0 && set.size == 0, "freed");
	is_int(add(&set, 0, 3), 3, "and usable");
	ssm_hashset_free(&set);
}

/*
 * A set holds 32 bytes for each of its hashes, and grows at once to no more.
 */
static void
test_memory(void)
{
	SsmHashSet	set = {0};
	int			most = 0;
	int			i;

	for (i = 0; i < MANY; i++)
	{
		size_t		before = set.size;

		ssm_hashset_add(&set, numbered(i));
		/* beside a few slots, so many are held */
		if (set.size > before && i >= 128)
			most = set.size * 16 > (size_t) (i + 1) * 32 + 1024 ? i : most;
	}
	is_int(most, 0, "32 bytes for each at most");
	ok(set.size * 3 >= (size_t) MANY * 4, "not over three quarters full");
	ssm_hashset_free(&set);
}

/*
 * The value of a hash that has these upper bits, as a set sorts them: the
 * inverse of the multiplication, by Newton's method.
 */
static SsmHash
sorted_at(unsigned long long upper, int n)
{
	const SsmHash factor = (SsmHash) 0x9E3779B97F4A7C15 << 64 | 0xF39CC0605CEDC835;
	SsmHash		inverse = factor;
	int			i;

	for (i = 0; i < 7; i++)
		inverse *= 2 - factor * inverse;
	return ((SsmHash) upper << 64 | (n + 1)) * inverse;
}

/*
 * Many hashes with one home, be it the first, the last or one between, added in
 * an order of its own beside others.
 */
static void
test_collisions(void)
{
	static const unsigned long long uppers[] = {0, 1ULL << 63, ~0ULL};
	size_t		i;

	for (i = 0; i < lengthof(uppers); i++)
	{
		SsmHashSet	set = {0};
		int			found = 0;
		int			other = 0;
		int			n;

		for (n = 0; n < 1000; n++)
		{
			found += ssm_hashset_add(&set, sorted_at(uppers[i], n * 389 % 1000)) == SSM_HASHSET_ADDED;
			found += ssm_hashset_add(&set, numbered(n)) == SSM_HASHSET_ADDED;
			found += ssm_hashset_add(&set, sorted_at(uppers[i], n / 2 * 389 % 1000)) == SSM_HASHSET_PRESENT;
		}
		is_int(found, 3000, "many with one home, among others");
		for (n = found = 0; n < 1000; n++)
		{
			found += ssm_hashset_has(&set, sorted_at(uppers[i], n)) + ssm_hashset_has(&set, numbered(n));
			other += ssm_hashset_has(&set, sorted_at(uppers[i], n + 1000)) + ssm_hashset_has(&set, numbered(n + 1000));
		}
		is_int(found, 2000, "all are found");
		is_int(other, 0, "and no other");
		ok(set.size < 6000, "and take little more room (%zu)", set.size);
		ssm_hashset_free(&set);
	}
}

/*
 * Run all tests.
 */
int
main(void)
{
	test_hashes();
	test_growth();
	test_memory();
	test_collisions();
	return done_testing();
}

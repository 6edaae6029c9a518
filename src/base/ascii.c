/*
 * ascii.c
 *		The case of ASCII letters, whatever the locale.
 */
#include "base/ascii.h"

/*
 * The lower-case form of an ASCII letter; any other byte as it is.
 */
char
ssm_ascii_lower(char c)
{
	return c >= 'A' && c <= 'Z' ? c + ('a' - 'A') : c;
}

/*
 * Turn ASCII letters to lower case, in place; returns the text.
 */
char *
ssm_ascii_fold(char *text)
{
	char	   *at;

	for (at = text; *at; at++)
		*at = ssm_ascii_lower(*at);
	return text;
}

/*
 * Compare texts byte by byte as if in lower case, like strcmp.
 */
int
ssm_ascii_casecmp(const char *left, const char *right)
{
	while (*left && ssm_ascii_lower(*left) == ssm_ascii_lower(*right))
	{
		left++;
		right++;
	}
	return (unsigned char) ssm_ascii_lower(*left) - (unsigned char) ssm_ascii_lower(*right);
}

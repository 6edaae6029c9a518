/*
 * ascii.h
 *		The case of ASCII letters, whatever the locale.
 *
 * Names, flags and hosts are ASCII; the C library's tolower and strcasecmp make
 * of their I what the locale has, which in Turkish is no i.
 */
#ifndef SSM_BASE_ASCII_H
#define SSM_BASE_ASCII_H

extern char ssm_ascii_lower(char c);
extern char *ssm_ascii_fold(char *text);
extern int	ssm_ascii_casecmp(const char *left, const char *right);

#endif							/* SSM_BASE_ASCII_H */

/*
 * file.h
 *		Small files that may hold secrets.
 */
#ifndef SSM_BASE_FILE_H
#define SSM_BASE_FILE_H

#include "base/buf.h"

extern const char *ssm_file_load(const char *path, SsmBuf *out, bool *absent);
extern const char *ssm_file_replace(const char *path, const char *text, size_t len);
extern bool ssm_file_read(const char *path, SsmBuf *out, SsmError *error);

#endif							/* SSM_BASE_FILE_H */

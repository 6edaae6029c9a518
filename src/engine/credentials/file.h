/*
 * file.h
 *		Small files that hold secrets.
 */
#ifndef SSM_ENGINE_CREDENTIALS_FILE_H
#define SSM_ENGINE_CREDENTIALS_FILE_H

#include "engine/buf.h"

extern bool ssm_file_read(const char *path, SsmBuf *out, SsmError *error);

#endif							/* SSM_ENGINE_CREDENTIALS_FILE_H */

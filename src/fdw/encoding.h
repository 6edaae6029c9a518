/*
 * encoding.h
 *		Text between the engine's UTF-8 and the database's encoding.
 */
#ifndef SSM_FDW_ENCODING_H
#define SSM_FDW_ENCODING_H

extern bool ssm_encoding_is_utf8(void);
extern char *ssm_encoding_from_utf8(char *text, int len);
extern char *ssm_encoding_to_utf8(char *text);

#endif							/* SSM_FDW_ENCODING_H */

/*
 * xml.h
 *		Read texts out of a small XML document.
 */
#ifndef SSM_AWS_CREDENTIALS_XML_H
#define SSM_AWS_CREDENTIALS_XML_H

#include "base/buf.h"

/* An element whose text is wanted. */
typedef struct SsmXmlField
{
	const char *path;			/* names with '/' before each, from the root;
								 * or without a first '/', the last ones */
	SsmBuf	   *text;			/* gets the text of the first such element */
} SsmXmlField;

extern bool ssm_xml_read(const char *source, size_t len, const SsmXmlField *fields, int n);

#endif							/* SSM_AWS_CREDENTIALS_XML_H */

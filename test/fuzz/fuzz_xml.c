/*
 * fuzz_xml.c
 *		Answers of STS.
 *
 * Whatever the bytes: what is taken is a document whose tags are balanced, and no
 * text is longer than the document.
 */
#include <string.h>

#include "aws/credentials/xml.h"
#include "fuzz.h"

#define FIELDS	4

/*
 * Count a byte.
 */
static size_t
count(const char *text, char byte)
{
	size_t		n = 0;

	for (; *text; text++)
		n += *text == byte;
	return n;
}

/*
 * Read the bytes as an answer to AssumeRole.
 */
int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	SsmBuf		texts[FIELDS];
	const SsmXmlField fields[FIELDS] = {
		{"AssumeRoleResult/Credentials/AccessKeyId", &texts[0]},
		{"AssumeRoleResult/Credentials/SecretAccessKey", &texts[1]},
		{"/AssumeRoleResponse/AssumeRoleResult/Credentials/SessionToken", &texts[2]},
		{"Error/Code", &texts[3]},
	};
	char	   *document = malloc(size + 1);
	int			i;

	MUST(document != NULL);
	if (size > 0)
		memcpy(document, data, size);
	document[size] = '\0';
	for (i = 0; i < FIELDS; i++)
		ssm_buf_init(&texts[i], 1 << 20);
	if (ssm_xml_read(document, size, fields, FIELDS))
	{
		MUST(strlen(document) == size);
		MUST(count(document, '<') > 0 && count(document, '>') > 0);
		for (i = 0; i < FIELDS; i++)
			MUST(texts[i].len < size && strlen(ssm_buf_text(&texts[i])) == texts[i].len);
	}
	for (i = 0; i < FIELDS; i++)
		ssm_buf_free(&texts[i]);
	free(document);
	return 0;
}

/*
 * sigv4_vectors.h
 *		Requests with their known signatures.
 *
 * official[] carries over 25 of the 34 cases of the AWS Signature Version 4 Test
 * Suite, Copyright 2019 Amazon.com, Inc. or its affiliates. All Rights
 * Reserved.  Licensed under the Apache License, Version 2.0:
 * http://www.apache.org/licenses/LICENSE-2.0.  Changes: the files of each case
 * became one entry, and get-vanilla-with-session-token names its token among
 * the request's headers.  post-sts-header-after stands for a token added after
 * signing, so its token is no header here.
 *
 * own[] holds requests of SSM and STS, computed for this project and checked
 * against two other implementations.
 */
#ifndef SSM_TEST_SIGV4_VECTORS_H
#define SSM_TEST_SIGV4_VECTORS_H

#include "aws/sigv4.h"

#define VECTOR_ACCESS_KEY_ID		"AKIDEXAMPLE"
#define VECTOR_SECRET_ACCESS_KEY	"wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY"

typedef struct SsmSignVector
{
	const char *name;
	const char *timestamp;
	const char *region;
	const char *service;
	const char *method;
	const char *path;
	SsmHeader	headers[8];		/* up to the first without a name */
	const char *body;
	const char *canonical;
	const char *string_to_sign;
	const char *authorization;
} SsmSignVector;

static const SsmSignVector official[] = {
	{
		.name = "get-header-key-duplicate",
		.timestamp = "20150830T123600Z",
		.region = "us-east-1",
		.service = "service",
		.method = "GET",
		.path = "/",
		.headers = {
			{"Host", "example.amazonaws.com"},
			{"My-Header1", "value2"},
			{"My-Header1", "value2"},
			{"My-Header1", "value1"},
			{"X-Amz-Date", "20150830T123600Z"},
		},
		.body = "",
		.canonical = "GET\n"
		"/\n"
		"\n"
		"host:example.amazonaws.com\n"
		"my-header1:value2,value2,value1\n"
		"x-amz-date:20150830T123600Z\n"
		"\n"
		"host;my-header1;x-amz-date\n"
		"e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
		.string_to_sign = "AWS4-HMAC-SHA256\n"
		"20150830T123600Z\n"
		"20150830/us-east-1/service/aws4_request\n"
		"dc7f04a3abfde8d472b0ab1a418b741b7c67174dad1551b4117b15527fbe966c",
		.authorization = "AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20150830/us-east-1/service/aws4_request, "
		"SignedHeaders=host;my-header1;x-amz-date, "
		"Signature=c9d5ea9f3f72853aea855b47ea873832890dbdd183b4468f858259531a5138ea",
	},
	{
		.name = "get-header-value-multiline",
		.timestamp = "20150830T123600Z",
		.region = "us-east-1",
		.service = "service",
		.method = "GET",
		.path = "/",
		.headers = {
			{"Host", "example.amazonaws.com"},
			{"My-Header1", "value1\n  value2\n     value3"},
			{"X-Amz-Date", "20150830T123600Z"},
		},
		.body = "",
		.canonical = "GET\n"
		"/\n"
		"\n"
		"host:example.amazonaws.com\n"
		"my-header1:value1 value2 value3\n"
		"x-amz-date:20150830T123600Z\n"
		"\n"
		"host;my-header1;x-amz-date\n"
		"e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
		.string_to_sign = "AWS4-HMAC-SHA256\n"
		"20150830T123600Z\n"
		"20150830/us-east-1/service/aws4_request\n"
		"e99419459a677bc11de234014be3c4e72c1ea5b454ceb58b613061f5d7a162e8",
		.authorization = "AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20150830/us-east-1/service/aws4_request, "
		"SignedHeaders=host;my-header1;x-amz-date, "
		"Signature=cfd34249e4b1c8d6b91ef74165d41a32e5fab3306300901bb65a51a73575eefd",
	},
	{
		.name = "get-header-value-order",
		.timestamp = "20150830T123600Z",
		.region = "us-east-1",
		.service = "service",
		.method = "GET",
		.path = "/",
		.headers = {
			{"Host", "example.amazonaws.com"},
			{"My-Header1", "value4"},
			{"My-Header1", "value1"},
			{"My-Header1", "value3"},
			{"My-Header1", "value2"},
			{"X-Amz-Date", "20150830T123600Z"},
		},
		.body = "",
		.canonical = "GET\n"
		"/\n"
		"\n"
		"host:example.amazonaws.com\n"
		"my-header1:value4,value1,value3,value2\n"
		"x-amz-date:20150830T123600Z\n"
		"\n"
		"host;my-header1;x-amz-date\n"
		"e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
		.string_to_sign = "AWS4-HMAC-SHA256\n"
		"20150830T123600Z\n"
		"20150830/us-east-1/service/aws4_request\n"
		"31ce73cd3f3d9f66977ad3dd957dc47af14df92fcd8509f59b349e9137c58b86",
		.authorization = "AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20150830/us-east-1/service/aws4_request, "
		"SignedHeaders=host;my-header1;x-amz-date, "
		"Signature=08c7e5a9acfcfeb3ab6b2185e75ce8b1deb5e634ec47601a50643f830c755c01",
	},
	{
		.name = "get-header-value-trim",
		.timestamp = "20150830T123600Z",
		.region = "us-east-1",
		.service = "service",
		.method = "GET",
		.path = "/",
		.headers = {
			{"Host", "example.amazonaws.com"},
			{"My-Header1", " value1"},
			{"My-Header2", " \"a   b   c\""},
			{"X-Amz-Date", "20150830T123600Z"},
		},
		.body = "",
		.canonical = "GET\n"
		"/\n"
		"\n"
		"host:example.amazonaws.com\n"
		"my-header1:value1\n"
		"my-header2:\"a b c\"\n"
		"x-amz-date:20150830T123600Z\n"
		"\n"
		"host;my-header1;my-header2;x-amz-date\n"
		"e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
		.string_to_sign = "AWS4-HMAC-SHA256\n"
		"20150830T123600Z\n"
		"20150830/us-east-1/service/aws4_request\n"
		"a726db9b0df21c14f559d0a978e563112acb1b9e05476f0a6a1c7d68f28605c7",
		.authorization = "AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20150830/us-east-1/service/aws4_request, "
		"SignedHeaders=host;my-header1;my-header2;x-amz-date, "
		"Signature=acc3ed3afb60bb290fc8d2dd0098b9911fcaa05412b367055dee359757a9c736",
	},
	{
		.name = "get-relative-relative",
		.timestamp = "20150830T123600Z",
		.region = "us-east-1",
		.service = "service",
		.method = "GET",
		.path = "/example1/example2/../..",
		.headers = {
			{"Host", "example.amazonaws.com"},
			{"X-Amz-Date", "20150830T123600Z"},
		},
		.body = "",
		.canonical = "GET\n"
		"/\n"
		"\n"
		"host:example.amazonaws.com\n"
		"x-amz-date:20150830T123600Z\n"
		"\n"
		"host;x-amz-date\n"
		"e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
		.string_to_sign = "AWS4-HMAC-SHA256\n"
		"20150830T123600Z\n"
		"20150830/us-east-1/service/aws4_request\n"
		"bb579772317eb040ac9ed261061d46c1f17a8133879d6129b6e1c25292927e63",
		.authorization = "AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20150830/us-east-1/service/aws4_request, "
		"SignedHeaders=host;x-amz-date, "
		"Signature=5fa00fa31553b73ebf1942676e86291e8372ff2a2260956d9b8aae1d763fbf31",
	},
	{
		.name = "get-relative",
		.timestamp = "20150830T123600Z",
		.region = "us-east-1",
		.service = "service",
		.method = "GET",
		.path = "/example/..",
		.headers = {
			{"Host", "example.amazonaws.com"},
			{"X-Amz-Date", "20150830T123600Z"},
		},
		.body = "",
		.canonical = "GET\n"
		"/\n"
		"\n"
		"host:example.amazonaws.com\n"
		"x-amz-date:20150830T123600Z\n"
		"\n"
		"host;x-amz-date\n"
		"e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
		.string_to_sign = "AWS4-HMAC-SHA256\n"
		"20150830T123600Z\n"
		"20150830/us-east-1/service/aws4_request\n"
		"bb579772317eb040ac9ed261061d46c1f17a8133879d6129b6e1c25292927e63",
		.authorization = "AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20150830/us-east-1/service/aws4_request, "
		"SignedHeaders=host;x-amz-date, "
		"Signature=5fa00fa31553b73ebf1942676e86291e8372ff2a2260956d9b8aae1d763fbf31",
	},
	{
		.name = "get-slash-dot-slash",
		.timestamp = "20150830T123600Z",
		.region = "us-east-1",
		.service = "service",
		.method = "GET",
		.path = "/./",
		.headers = {
			{"Host", "example.amazonaws.com"},
			{"X-Amz-Date", "20150830T123600Z"},
		},
		.body = "",
		.canonical = "GET\n"
		"/\n"
		"\n"
		"host:example.amazonaws.com\n"
		"x-amz-date:20150830T123600Z\n"
		"\n"
		"host;x-amz-date\n"
		"e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
		.string_to_sign = "AWS4-HMAC-SHA256\n"
		"20150830T123600Z\n"
		"20150830/us-east-1/service/aws4_request\n"
		"bb579772317eb040ac9ed261061d46c1f17a8133879d6129b6e1c25292927e63",
		.authorization = "AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20150830/us-east-1/service/aws4_request, "
		"SignedHeaders=host;x-amz-date, "
		"Signature=5fa00fa31553b73ebf1942676e86291e8372ff2a2260956d9b8aae1d763fbf31",
	},
	{
		.name = "get-slash-pointless-dot",
		.timestamp = "20150830T123600Z",
		.region = "us-east-1",
		.service = "service",
		.method = "GET",
		.path = "/./example",
		.headers = {
			{"Host", "example.amazonaws.com"},
			{"X-Amz-Date", "20150830T123600Z"},
		},
		.body = "",
		.canonical = "GET\n"
		"/example\n"
		"\n"
		"host:example.amazonaws.com\n"
		"x-amz-date:20150830T123600Z\n"
		"\n"
		"host;x-amz-date\n"
		"e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
		.string_to_sign = "AWS4-HMAC-SHA256\n"
		"20150830T123600Z\n"
		"20150830/us-east-1/service/aws4_request\n"
		"214d50c111a8edc4819da6a636336472c916b5240f51e9a51b5c3305180cf702",
		.authorization = "AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20150830/us-east-1/service/aws4_request, "
		"SignedHeaders=host;x-amz-date, "
		"Signature=ef75d96142cf21edca26f06005da7988e4f8dc83a165a80865db7089db637ec5",
	},
	{
		.name = "get-slash",
		.timestamp = "20150830T123600Z",
		.region = "us-east-1",
		.service = "service",
		.method = "GET",
		.path = "//",
		.headers = {
			{"Host", "example.amazonaws.com"},
			{"X-Amz-Date", "20150830T123600Z"},
		},
		.body = "",
		.canonical = "GET\n"
		"/\n"
		"\n"
		"host:example.amazonaws.com\n"
		"x-amz-date:20150830T123600Z\n"
		"\n"
		"host;x-amz-date\n"
		"e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
		.string_to_sign = "AWS4-HMAC-SHA256\n"
		"20150830T123600Z\n"
		"20150830/us-east-1/service/aws4_request\n"
		"bb579772317eb040ac9ed261061d46c1f17a8133879d6129b6e1c25292927e63",
		.authorization = "AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20150830/us-east-1/service/aws4_request, "
		"SignedHeaders=host;x-amz-date, "
		"Signature=5fa00fa31553b73ebf1942676e86291e8372ff2a2260956d9b8aae1d763fbf31",
	},
	{
		.name = "get-slashes",
		.timestamp = "20150830T123600Z",
		.region = "us-east-1",
		.service = "service",
		.method = "GET",
		.path = "//example//",
		.headers = {
			{"Host", "example.amazonaws.com"},
			{"X-Amz-Date", "20150830T123600Z"},
		},
		.body = "",
		.canonical = "GET\n"
		"/example/\n"
		"\n"
		"host:example.amazonaws.com\n"
		"x-amz-date:20150830T123600Z\n"
		"\n"
		"host;x-amz-date\n"
		"e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
		.string_to_sign = "AWS4-HMAC-SHA256\n"
		"20150830T123600Z\n"
		"20150830/us-east-1/service/aws4_request\n"
		"cb96b4ac96d501f7c5c15bc6d67b3035061cfced4af6585ad927f7e6c985c015",
		.authorization = "AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20150830/us-east-1/service/aws4_request, "
		"SignedHeaders=host;x-amz-date, "
		"Signature=9a624bd73a37c9a373b5312afbebe7a714a789de108f0bdfe846570885f57e84",
	},
	{
		.name = "get-space",
		.timestamp = "20150830T123600Z",
		.region = "us-east-1",
		.service = "service",
		.method = "GET",
		.path = "/example space/",
		.headers = {
			{"Host", "example.amazonaws.com"},
			{"X-Amz-Date", "20150830T123600Z"},
		},
		.body = "",
		.canonical = "GET\n"
		"/example%20space/\n"
		"\n"
		"host:example.amazonaws.com\n"
		"x-amz-date:20150830T123600Z\n"
		"\n"
		"host;x-amz-date\n"
		"e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
		.string_to_sign = "AWS4-HMAC-SHA256\n"
		"20150830T123600Z\n"
		"20150830/us-east-1/service/aws4_request\n"
		"63ee75631ed7234ae61b5f736dfc7754cdccfedbff4b5128a915706ee9390d86",
		.authorization = "AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20150830/us-east-1/service/aws4_request, "
		"SignedHeaders=host;x-amz-date, "
		"Signature=652487583200325589f1fba4c7e578f72c47cb61beeca81406b39ddec1366741",
	},
	{
		.name = "get-special-character",
		.timestamp = "20150830T123600Z",
		.region = "us-east-1",
		.service = "service",
		.method = "GET",
		.path = "/example/$delete",
		.headers = {
			{"Host", "example.amazonaws.com"},
			{"X-Amz-Date", "20150830T123600Z"},
		},
		.body = "",
		.canonical = "GET\n"
		"/example/%24delete\n"
		"\n"
		"host:example.amazonaws.com\n"
		"x-amz-date:20150830T123600Z\n"
		"\n"
		"host;x-amz-date\n"
		"e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
		.string_to_sign = "AWS4-HMAC-SHA256\n"
		"20150830T123600Z\n"
		"20150830/us-east-1/service/aws4_request\n"
		"4053e45b5cef7cec5e17f736b1c12b3faf0388fd4c0bd24326386f132039ce5c",
		.authorization = "AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20150830/us-east-1/service/aws4_request, "
		"SignedHeaders=host;x-amz-date, "
		"Signature=a853c9b21b528b19643d00910d35b83a10c366a10833ceefb45edd6c80e40f27",
	},
	{
		.name = "get-unreserved",
		.timestamp = "20150830T123600Z",
		.region = "us-east-1",
		.service = "service",
		.method = "GET",
		.path = "/-._~0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz",
		.headers = {
			{"Host", "example.amazonaws.com"},
			{"X-Amz-Date", "20150830T123600Z"},
		},
		.body = "",
		.canonical = "GET\n"
		"/-._~0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz\n"
		"\n"
		"host:example.amazonaws.com\n"
		"x-amz-date:20150830T123600Z\n"
		"\n"
		"host;x-amz-date\n"
		"e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
		.string_to_sign = "AWS4-HMAC-SHA256\n"
		"20150830T123600Z\n"
		"20150830/us-east-1/service/aws4_request\n"
		"6a968768eefaa713e2a6b16b589a8ea192661f098f37349f4e2c0082757446f9",
		.authorization = "AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20150830/us-east-1/service/aws4_request, "
		"SignedHeaders=host;x-amz-date, "
		"Signature=07ef7494c76fa4850883e2b006601f940f8a34d404d0cfa977f52a65bbf5f24f",
	},
	{
		.name = "get-utf8",
		.timestamp = "20150830T123600Z",
		.region = "us-east-1",
		.service = "service",
		.method = "GET",
		.path = "/\341\210\264",
		.headers = {
			{"Host", "example.amazonaws.com"},
			{"X-Amz-Date", "20150830T123600Z"},
		},
		.body = "",
		.canonical = "GET\n"
		"/%E1%88%B4\n"
		"\n"
		"host:example.amazonaws.com\n"
		"x-amz-date:20150830T123600Z\n"
		"\n"
		"host;x-amz-date\n"
		"e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
		.string_to_sign = "AWS4-HMAC-SHA256\n"
		"20150830T123600Z\n"
		"20150830/us-east-1/service/aws4_request\n"
		"2a0a97d02205e45ce2e994789806b19270cfbbb0921b278ccf58f5249ac42102",
		.authorization = "AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20150830/us-east-1/service/aws4_request, "
		"SignedHeaders=host;x-amz-date, "
		"Signature=8318018e0b0f223aa2bbf98705b62bb787dc9c0e678f255a891fd03141be5d85",
	},
	{
		.name = "get-vanilla-query",
		.timestamp = "20150830T123600Z",
		.region = "us-east-1",
		.service = "service",
		.method = "GET",
		.path = "/",
		.headers = {
			{"Host", "example.amazonaws.com"},
			{"X-Amz-Date", "20150830T123600Z"},
		},
		.body = "",
		.canonical = "GET\n"
		"/\n"
		"\n"
		"host:example.amazonaws.com\n"
		"x-amz-date:20150830T123600Z\n"
		"\n"
		"host;x-amz-date\n"
		"e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
		.string_to_sign = "AWS4-HMAC-SHA256\n"
		"20150830T123600Z\n"
		"20150830/us-east-1/service/aws4_request\n"
		"bb579772317eb040ac9ed261061d46c1f17a8133879d6129b6e1c25292927e63",
		.authorization = "AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20150830/us-east-1/service/aws4_request, "
		"SignedHeaders=host;x-amz-date, "
		"Signature=5fa00fa31553b73ebf1942676e86291e8372ff2a2260956d9b8aae1d763fbf31",
	},
	{
		.name = "get-vanilla-with-session-token",
		.timestamp = "20150830T123600Z",
		.region = "us-east-1",
		.service = "service",
		.method = "GET",
		.path = "/",
		.headers = {
			{"Host", "example.amazonaws.com"},
			{"X-Amz-Date", "20150830T123600Z"},
			{"X-Amz-Security-Token", "6e86291e8372ff2a2260956d9b8aae1d763fbf315fa00fa31553b73ebf194267"},
		},
		.body = "",
		.canonical = "GET\n"
		"/\n"
		"\n"
		"host:example.amazonaws.com\n"
		"x-amz-date:20150830T123600Z\n"
		"x-amz-security-token:6e86291e8372ff2a2260956d9b8aae1d763fbf315fa00fa31553b73ebf194267\n"
		"\n"
		"host;x-amz-date;x-amz-security-token\n"
		"e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
		.string_to_sign = "AWS4-HMAC-SHA256\n"
		"20150830T123600Z\n"
		"20150830/us-east-1/service/aws4_request\n"
		"067b36aa60031588cea4a4cde1f21215227a047690c72247f1d70b32fbbfad2b",
		.authorization = "AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20150830/us-east-1/service/aws4_request, "
		"SignedHeaders=host;x-amz-date;x-amz-security-token, "
		"Signature=07ec1639c89043aa0e3e2de82b96708f198cceab042d4a97044c66dd9f74e7f8",
	},
	{
		.name = "get-vanilla",
		.timestamp = "20150830T123600Z",
		.region = "us-east-1",
		.service = "service",
		.method = "GET",
		.path = "/",
		.headers = {
			{"Host", "example.amazonaws.com"},
			{"X-Amz-Date", "20150830T123600Z"},
		},
		.body = "",
		.canonical = "GET\n"
		"/\n"
		"\n"
		"host:example.amazonaws.com\n"
		"x-amz-date:20150830T123600Z\n"
		"\n"
		"host;x-amz-date\n"
		"e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
		.string_to_sign = "AWS4-HMAC-SHA256\n"
		"20150830T123600Z\n"
		"20150830/us-east-1/service/aws4_request\n"
		"bb579772317eb040ac9ed261061d46c1f17a8133879d6129b6e1c25292927e63",
		.authorization = "AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20150830/us-east-1/service/aws4_request, "
		"SignedHeaders=host;x-amz-date, "
		"Signature=5fa00fa31553b73ebf1942676e86291e8372ff2a2260956d9b8aae1d763fbf31",
	},
	{
		.name = "post-header-key-case",
		.timestamp = "20150830T123600Z",
		.region = "us-east-1",
		.service = "service",
		.method = "POST",
		.path = "/",
		.headers = {
			{"Host", "example.amazonaws.com"},
			{"X-Amz-Date", "20150830T123600Z"},
		},
		.body = "",
		.canonical = "POST\n"
		"/\n"
		"\n"
		"host:example.amazonaws.com\n"
		"x-amz-date:20150830T123600Z\n"
		"\n"
		"host;x-amz-date\n"
		"e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
		.string_to_sign = "AWS4-HMAC-SHA256\n"
		"20150830T123600Z\n"
		"20150830/us-east-1/service/aws4_request\n"
		"553f88c9e4d10fc9e109e2aeb65f030801b70c2f6468faca261d401ae622fc87",
		.authorization = "AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20150830/us-east-1/service/aws4_request, "
		"SignedHeaders=host;x-amz-date, "
		"Signature=5da7c1a2acd57cee7505fc6676e4e544621c30862966e37dddb68e92efbe5d6b",
	},
	{
		.name = "post-header-key-sort",
		.timestamp = "20150830T123600Z",
		.region = "us-east-1",
		.service = "service",
		.method = "POST",
		.path = "/",
		.headers = {
			{"Host", "example.amazonaws.com"},
			{"My-Header1", "value1"},
			{"X-Amz-Date", "20150830T123600Z"},
		},
		.body = "",
		.canonical = "POST\n"
		"/\n"
		"\n"
		"host:example.amazonaws.com\n"
		"my-header1:value1\n"
		"x-amz-date:20150830T123600Z\n"
		"\n"
		"host;my-header1;x-amz-date\n"
		"e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
		.string_to_sign = "AWS4-HMAC-SHA256\n"
		"20150830T123600Z\n"
		"20150830/us-east-1/service/aws4_request\n"
		"9368318c2967cf6de74404b30c65a91e8f6253e0a8659d6d5319f1a812f87d65",
		.authorization = "AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20150830/us-east-1/service/aws4_request, "
		"SignedHeaders=host;my-header1;x-amz-date, "
		"Signature=c5410059b04c1ee005303aed430f6e6645f61f4dc9e1461ec8f8916fdf18852c",
	},
	{
		.name = "post-header-value-case",
		.timestamp = "20150830T123600Z",
		.region = "us-east-1",
		.service = "service",
		.method = "POST",
		.path = "/",
		.headers = {
			{"Host", "example.amazonaws.com"},
			{"My-Header1", "VALUE1"},
			{"X-Amz-Date", "20150830T123600Z"},
		},
		.body = "",
		.canonical = "POST\n"
		"/\n"
		"\n"
		"host:example.amazonaws.com\n"
		"my-header1:VALUE1\n"
		"x-amz-date:20150830T123600Z\n"
		"\n"
		"host;my-header1;x-amz-date\n"
		"e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
		.string_to_sign = "AWS4-HMAC-SHA256\n"
		"20150830T123600Z\n"
		"20150830/us-east-1/service/aws4_request\n"
		"d51ced243e649e3de6ef63afbbdcbca03131a21a7103a1583706a64618606a93",
		.authorization = "AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20150830/us-east-1/service/aws4_request, "
		"SignedHeaders=host;my-header1;x-amz-date, "
		"Signature=cdbc9802e29d2942e5e10b5bccfdd67c5f22c7c4e8ae67b53629efa58b974b7d",
	},
	{
		.name = "post-sts-header-after",
		.timestamp = "20150830T123600Z",
		.region = "us-east-1",
		.service = "service",
		.method = "POST",
		.path = "/",
		.headers = {
			{"Host", "example.amazonaws.com"},
			{"X-Amz-Date", "20150830T123600Z"},
		},
		.body = "",
		.canonical = "POST\n"
		"/\n"
		"\n"
		"host:example.amazonaws.com\n"
		"x-amz-date:20150830T123600Z\n"
		"\n"
		"host;x-amz-date\n"
		"e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
		.string_to_sign = "AWS4-HMAC-SHA256\n"
		"20150830T123600Z\n"
		"20150830/us-east-1/service/aws4_request\n"
		"553f88c9e4d10fc9e109e2aeb65f030801b70c2f6468faca261d401ae622fc87",
		.authorization = "AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20150830/us-east-1/service/aws4_request, "
		"SignedHeaders=host;x-amz-date, "
		"Signature=5da7c1a2acd57cee7505fc6676e4e544621c30862966e37dddb68e92efbe5d6b",
	},
	{
		.name = "post-sts-header-before",
		.timestamp = "20150830T123600Z",
		.region = "us-east-1",
		.service = "service",
		.method = "POST",
		.path = "/",
		.headers = {
			{"Host", "example.amazonaws.com"},
			{"X-Amz-Date", "20150830T123600Z"},
			{"X-Amz-Security-Token", "AQoDYXdzEPT//////////wEXAMPLEtc764bNrC9SAPBSM22wDOk4x4HIZ8j4FZTwdQWLWsKWHGBuFqwAeMicRXmxfpSPfIeoIYRqTflfKD8YUuwthAx7mSEI/qkPpKPi/kMcGdQrmGdeehM4IC1NtBmUpp2wUE8phUZampKsburEDy0KPkyQDYwT7WZ0wq5VSXDvp75YU9HFvlRd8Tx6q6fE8YQcHNVXAkiY9q6d+xo0rKwT38xVqr7ZD0u0iPPkUL64lIZbqBAz+scqKmlzm8FDrypNC9Yjc8fPOLn9FX9KSYvKTr4rvx3iSIlTJabIQwj2ICCR/oLxBA=="},
		},
		.body = "",
		.canonical = "POST\n"
		"/\n"
		"\n"
		"host:example.amazonaws.com\n"
		"x-amz-date:20150830T123600Z\n"
		"x-amz-security-token:AQoDYXdzEPT//////////wEXAMPLEtc764bNrC9SAPBSM22wDOk4x4HIZ8j4FZTwdQWLWsKWHGBuFqwAeMicRXmxfpSPfIeoIYRqTflfKD8YUuwthAx7mSEI/qkPpKPi/kMcGdQrmGdeehM4IC1NtBmUpp2wUE8phUZampKsburEDy0KPkyQDYwT7WZ0wq5VSXDvp75YU9HFvlRd8Tx6q6fE8YQcHNVXAkiY9q6d+xo0rKwT38xVqr7ZD0u0iPPkUL64lIZbqBAz+scqKmlzm8FDrypNC9Yjc8fPOLn9FX9KSYvKTr4rvx3iSIlTJabIQwj2ICCR/oLxBA==\n"
		"\n"
		"host;x-amz-date;x-amz-security-token\n"
		"e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
		.string_to_sign = "AWS4-HMAC-SHA256\n"
		"20150830T123600Z\n"
		"20150830/us-east-1/service/aws4_request\n"
		"c237e1b440d4c63c32ca95b5b99481081cb7b13c7e40434868e71567c1a882f6",
		.authorization = "AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20150830/us-east-1/service/aws4_request, "
		"SignedHeaders=host;x-amz-date;x-amz-security-token, "
		"Signature=85d96828115b5dc0cfc3bd16ad9e210dd772bbebba041836c64533a82be05ead",
	},
	{
		.name = "post-vanilla",
		.timestamp = "20150830T123600Z",
		.region = "us-east-1",
		.service = "service",
		.method = "POST",
		.path = "/",
		.headers = {
			{"Host", "example.amazonaws.com"},
			{"X-Amz-Date", "20150830T123600Z"},
		},
		.body = "",
		.canonical = "POST\n"
		"/\n"
		"\n"
		"host:example.amazonaws.com\n"
		"x-amz-date:20150830T123600Z\n"
		"\n"
		"host;x-amz-date\n"
		"e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
		.string_to_sign = "AWS4-HMAC-SHA256\n"
		"20150830T123600Z\n"
		"20150830/us-east-1/service/aws4_request\n"
		"553f88c9e4d10fc9e109e2aeb65f030801b70c2f6468faca261d401ae622fc87",
		.authorization = "AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20150830/us-east-1/service/aws4_request, "
		"SignedHeaders=host;x-amz-date, "
		"Signature=5da7c1a2acd57cee7505fc6676e4e544621c30862966e37dddb68e92efbe5d6b",
	},
	{
		.name = "post-x-www-form-urlencoded-parameters",
		.timestamp = "20150830T123600Z",
		.region = "us-east-1",
		.service = "service",
		.method = "POST",
		.path = "/",
		.headers = {
			{"Content-Type", "application/x-www-form-urlencoded; charset=utf8"},
			{"Host", "example.amazonaws.com"},
			{"X-Amz-Date", "20150830T123600Z"},
		},
		.body = "Param1=value1",
		.canonical = "POST\n"
		"/\n"
		"\n"
		"content-type:application/x-www-form-urlencoded; charset=utf8\n"
		"host:example.amazonaws.com\n"
		"x-amz-date:20150830T123600Z\n"
		"\n"
		"content-type;host;x-amz-date\n"
		"9095672bbd1f56dfc5b65f3e153adc8731a4a654192329106275f4c7b24d0b6e",
		.string_to_sign = "AWS4-HMAC-SHA256\n"
		"20150830T123600Z\n"
		"20150830/us-east-1/service/aws4_request\n"
		"2e1cf7ed91881a30569e46552437e4156c823447bf1781b921b5d486c568dd1c",
		.authorization = "AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20150830/us-east-1/service/aws4_request, "
		"SignedHeaders=content-type;host;x-amz-date, "
		"Signature=1a72ec8f64bd914b0e42e42607c7fbce7fb2c7465f63e3092b3b0d39fa77a6fe",
	},
	{
		.name = "post-x-www-form-urlencoded",
		.timestamp = "20150830T123600Z",
		.region = "us-east-1",
		.service = "service",
		.method = "POST",
		.path = "/",
		.headers = {
			{"Content-Type", "application/x-www-form-urlencoded"},
			{"Host", "example.amazonaws.com"},
			{"X-Amz-Date", "20150830T123600Z"},
		},
		.body = "Param1=value1",
		.canonical = "POST\n"
		"/\n"
		"\n"
		"content-type:application/x-www-form-urlencoded\n"
		"host:example.amazonaws.com\n"
		"x-amz-date:20150830T123600Z\n"
		"\n"
		"content-type;host;x-amz-date\n"
		"9095672bbd1f56dfc5b65f3e153adc8731a4a654192329106275f4c7b24d0b6e",
		.string_to_sign = "AWS4-HMAC-SHA256\n"
		"20150830T123600Z\n"
		"20150830/us-east-1/service/aws4_request\n"
		"42a5e5bb34198acb3e84da4f085bb7927f2bc277ca766e6d19c73c2154021281",
		.authorization = "AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20150830/us-east-1/service/aws4_request, "
		"SignedHeaders=content-type;host;x-amz-date, "
		"Signature=ff11897932ad3f4e8b18135d722051e5ac45fc38421b1da7b9d196a0fe09473a",
	},
};

static const SsmSignVector own[] = {
	{
		.name = "ssm-post-basic",
		.timestamp = "20260102T030405Z",
		.region = "us-east-1",
		.service = "ssm",
		.method = "POST",
		.path = "/",
		.headers = {
			{"Content-Type", "application/x-amz-json-1.1"},
			{"Host", "ssm.us-east-1.amazonaws.com"},
			{"X-Amz-Date", "20260102T030405Z"},
			{"X-Amz-Target", "AmazonSSM.ListCommandInvocations"},
		},
		.body = "{}",
		.canonical = "POST\n"
		"/\n"
		"\n"
		"content-type:application/x-amz-json-1.1\n"
		"host:ssm.us-east-1.amazonaws.com\n"
		"x-amz-date:20260102T030405Z\n"
		"x-amz-target:AmazonSSM.ListCommandInvocations\n"
		"\n"
		"content-type;host;x-amz-date;x-amz-target\n"
		"44136fa355b3678a1146ad16f7e8649e94fb4fc21fe77e8310c060f61caaff8a",
		.string_to_sign = "AWS4-HMAC-SHA256\n"
		"20260102T030405Z\n"
		"20260102/us-east-1/ssm/aws4_request\n"
		"a0309f4d0675777132848a972fc2e6ef1596d906dddf1070a0996b4f2a67b331",
		.authorization = "AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20260102/us-east-1/ssm/aws4_request, "
		"SignedHeaders=content-type;host;x-amz-date;x-amz-target, "
		"Signature=f6e175128561eb63cc45a27fa8492db82b5a242b7d7c9c8617b3e9f9522b3cae",
	},
	{
		.name = "ssm-post-args",
		.timestamp = "20260102T030405Z",
		.region = "eu-west-1",
		.service = "ssm",
		.method = "POST",
		.path = "/",
		.headers = {
			{"Content-Type", "application/x-amz-json-1.1"},
			{"Host", "ssm.eu-west-1.amazonaws.com"},
			{"X-Amz-Date", "20260102T030405Z"},
			{"X-Amz-Target", "AmazonSSM.ListCommandInvocations"},
		},
		.body = "{\"CommandId\":\"ef7fdfd8-9b57-4151-a15c-db9a12345678\",\"MaxResults\":50,\"Details\":true}",
		.canonical = "POST\n"
		"/\n"
		"\n"
		"content-type:application/x-amz-json-1.1\n"
		"host:ssm.eu-west-1.amazonaws.com\n"
		"x-amz-date:20260102T030405Z\n"
		"x-amz-target:AmazonSSM.ListCommandInvocations\n"
		"\n"
		"content-type;host;x-amz-date;x-amz-target\n"
		"70bdeaea266e72202e97c99c397fe9ee1c97309010c38aa49a988e3b46571d10",
		.string_to_sign = "AWS4-HMAC-SHA256\n"
		"20260102T030405Z\n"
		"20260102/eu-west-1/ssm/aws4_request\n"
		"42dea560772b16a168c40187775a90f5a0d6e286ccfd097f3325941df16b4857",
		.authorization = "AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20260102/eu-west-1/ssm/aws4_request, "
		"SignedHeaders=content-type;host;x-amz-date;x-amz-target, "
		"Signature=204491f2110335c362ce1a4edc701bc40bdff59459cf883eabee4a9d765ac75e",
	},
	{
		.name = "ssm-post-session-token",
		.timestamp = "20260102T030405Z",
		.region = "cn-north-1",
		.service = "ssm",
		.method = "POST",
		.path = "/",
		.headers = {
			{"Content-Type", "application/x-amz-json-1.1"},
			{"Host", "ssm.cn-north-1.amazonaws.com.cn"},
			{"X-Amz-Date", "20260102T030405Z"},
			{"X-Amz-Target", "AmazonSSM.ListCommandInvocations"},
			{"X-Amz-Security-Token", "AQoEXAMPLEtoken//abc+/def=="},
		},
		.body = "{\"Filters\":[{\"key\":\"Status\",\"value\":\"Failed\"}],\"MaxResults\":50}",
		.canonical = "POST\n"
		"/\n"
		"\n"
		"content-type:application/x-amz-json-1.1\n"
		"host:ssm.cn-north-1.amazonaws.com.cn\n"
		"x-amz-date:20260102T030405Z\n"
		"x-amz-security-token:AQoEXAMPLEtoken//abc+/def==\n"
		"x-amz-target:AmazonSSM.ListCommandInvocations\n"
		"\n"
		"content-type;host;x-amz-date;x-amz-security-token;x-amz-target\n"
		"fa7782853af9300e032bf9b1d95e207e7060e0f09b2ffe0c76ed7d472e07befa",
		.string_to_sign = "AWS4-HMAC-SHA256\n"
		"20260102T030405Z\n"
		"20260102/cn-north-1/ssm/aws4_request\n"
		"d46f4051e53fc91d16d4039ca808cecc78931a42c923299f1a006705e4e185e4",
		.authorization = "AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20260102/cn-north-1/ssm/aws4_request, "
		"SignedHeaders=content-type;host;x-amz-date;x-amz-security-token;x-amz-target, "
		"Signature=4d95c269f545efeb88a2d7ae1f50bc3812d65bdbe4335b6c9caf68f03c356d1c",
	},
	{
		.name = "ssm-post-port-and-path",
		.timestamp = "20260102T030405Z",
		.region = "us-gov-west-1",
		.service = "ssm",
		.method = "POST",
		.path = "/custom/",
		.headers = {
			{"Content-Type", "application/x-amz-json-1.1"},
			{"Host", "127.0.0.1:4566"},
			{"X-Amz-Date", "20260102T030405Z"},
			{"X-Amz-Target", "AmazonSSM.ListCommandInvocations"},
			{"X-Amz-Security-Token", "AQoEXAMPLEtoken//abc+/def=="},
		},
		.body = "{\"NextToken\":\"AAEAAdJ/\\u00e9+==\"}",
		.canonical = "POST\n"
		"/custom/\n"
		"\n"
		"content-type:application/x-amz-json-1.1\n"
		"host:127.0.0.1:4566\n"
		"x-amz-date:20260102T030405Z\n"
		"x-amz-security-token:AQoEXAMPLEtoken//abc+/def==\n"
		"x-amz-target:AmazonSSM.ListCommandInvocations\n"
		"\n"
		"content-type;host;x-amz-date;x-amz-security-token;x-amz-target\n"
		"8fc7db2eacbef2cbaa66cb0a29d21997622529e21bce95fde5a760686b9f39d2",
		.string_to_sign = "AWS4-HMAC-SHA256\n"
		"20260102T030405Z\n"
		"20260102/us-gov-west-1/ssm/aws4_request\n"
		"1c3779663c46af2d88d62f2eeaefeb02580c012d2a4c511c10f390cc31431c79",
		.authorization = "AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20260102/us-gov-west-1/ssm/aws4_request, "
		"SignedHeaders=content-type;host;x-amz-date;x-amz-security-token;x-amz-target, "
		"Signature=7b9745020a11bd9b01f6c28e4035c6c1cdc33b390d60321ae4bcb22190223ac9",
	},
	{
		.name = "sts-assume-role",
		.timestamp = "20260102T030405Z",
		.region = "us-west-2",
		.service = "sts",
		.method = "POST",
		.path = "/",
		.headers = {
			{"Content-Type", "application/x-www-form-urlencoded; charset=utf-8"},
			{"Host", "sts.us-west-2.amazonaws.com"},
			{"X-Amz-Date", "20260102T030405Z"},
		},
		.body = "Action=AssumeRole&Version=2011-06-15&RoleArn=arn%3Aaws%3Aiam%3A%3A123456789012%3Arole%2Fdemo&RoleSessionName=ssm_fdw&ExternalId=ext%2F1&DurationSeconds=3600",
		.canonical = "POST\n"
		"/\n"
		"\n"
		"content-type:application/x-www-form-urlencoded; charset=utf-8\n"
		"host:sts.us-west-2.amazonaws.com\n"
		"x-amz-date:20260102T030405Z\n"
		"\n"
		"content-type;host;x-amz-date\n"
		"14ea6c0ad3c1f26f9820c86dd2540efa08d7016ddcc58a74ddd2a04c54b48837",
		.string_to_sign = "AWS4-HMAC-SHA256\n"
		"20260102T030405Z\n"
		"20260102/us-west-2/sts/aws4_request\n"
		"bde82de55ac611e5d3e2ff2495f9325bb10758a612359ef7fc179a4c4907ebb7",
		.authorization = "AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20260102/us-west-2/sts/aws4_request, "
		"SignedHeaders=content-type;host;x-amz-date, "
		"Signature=31fa67b2517f85b99833978b47e1287e19af762b2c961a32ffadf5f0de6bf8b6",
	},
};

#endif							/* SSM_TEST_SIGV4_VECTORS_H */

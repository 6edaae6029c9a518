/*
 * options.h
 *		Validate and read the options of servers, tables, columns and mappings.
 */
#ifndef SSM_FDW_OPTIONS_H
#define SSM_FDW_OPTIONS_H

#include "foreign/foreign.h"

#include "aws/config.h"
#include "ssm/operation.h"

/* What the options of a server and its table say, defaults filled in. */
typedef struct SsmOptions
{
	const SsmOperation *operation;
	Oid			relid;			/* the table, or InvalidOid */
	char	   *region;			/* NULL if none is set, as are the next */
	char	   *endpoint_url;
	char	   *account_id;
	char	   *ca_bundle;
	SsmFlag		use_fips_endpoint;
	SsmFlag		use_dualstack_endpoint;
	bool		async_capable;
	int			analyze_pages;
	double		fdw_startup_cost;
	double		fdw_page_cost;
	double		fdw_tuple_cost;
	int			page_size;
	int			max_concurrency;
	int			status_filter;	/* SsmStatusFilter */
	int64		invoked_after_slack;	/* microseconds */
	int			invalid_instance_id;	/* SsmInvalidInstanceId */
	int			max_attempts;
	int			retry_mode;		/* SsmRetryMode */
	int64		max_requests;	/* 0: no limit */
	int64		connect_timeout;	/* microseconds */
	int64		request_timeout;	/* microseconds */
	int64		max_response_size;	/* bytes */
} SsmOptions;

/* What the options of a user mapping say; NULL where nothing is set. */
typedef struct SsmMappingOptions
{
	char	   *access_key_id;
	char	   *secret_access_key;
	char	   *session_token;
	char	   *profile;
	char	   *role_arn;
	char	   *external_id;
	char	   *role_session_name;
	int			duration_seconds;	/* 0: not set */
	SsmFlag		ambient_credentials;
} SsmMappingOptions;

/* What the options of a column say. */
typedef struct SsmColumnOptions
{
	char	   *member;			/* NULL: the column's name tells */
	bool		pushdown;
} SsmColumnOptions;

extern int	ssm_read_ahead;

extern void ssm_options_init(void);
extern SsmOptions *ssm_options_server(const ForeignServer *server);
extern SsmOptions *ssm_options_get(Oid relid);
extern void ssm_options_operate(SsmOptions *options, const SsmOperation *operation);
extern bool ssm_options_validated(const ForeignServer *server);
extern void ssm_options_mapping(List *options, SsmMappingOptions *mapping);
extern void ssm_options_wipe(List *options);
extern void ssm_options_column(Oid relid, AttrNumber attnum, SsmColumnOptions *column);

#endif							/* SSM_FDW_OPTIONS_H */

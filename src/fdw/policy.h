/*
 * policy.h
 *		Who may set an option that decides where secrets go.
 */
#ifndef SSM_FDW_POLICY_H
#define SSM_FDW_POLICY_H

#include "foreign/foreign.h"

#include "aws/config.h"

extern void ssm_policy_define(const char *option, const char *value);
extern void ssm_policy_server(const char *option, const char *value, const ForeignServer *server);
extern void ssm_policy_table(const char *option, const char *value, Oid relid);
extern void ssm_policy_define_role(bool role, bool keys);
extern bool ssm_policy_ambient(const ForeignServer *server, Oid user, SsmFlag given);
extern const char *ssm_policy_ambient_lack(const ForeignServer *server, Oid user, SsmFlag given);

#endif							/* SSM_FDW_POLICY_H */

/*
 * bind.h
 *		Values of quals to the requests of a scan.
 */
#ifndef SSM_FDW_BIND_H
#define SSM_FDW_BIND_H

#include "datatype/timestamp.h"

#include "fdw/options.h"
#include "fdw/planner/spec.h"
#include "ssm/request.h"

/* PostgreSQL's epoch in microseconds since 1970, the engine's. */
#define SSM_POSTGRES_EPOCH	((POSTGRES_EPOCH_JDATE - UNIX_EPOCH_JDATE) * USECS_PER_DAY)

/* A value of a qual, evaluated. */
typedef struct SsmDatum
{
	Datum		value;
	bool		isnull;
	Oid			type;
} SsmDatum;

/* Bounds and requests, freed with the memory context they were made in. */
typedef struct SsmBinding
{
	const SsmOperation *operation;
	SsmBounds	bounds;
	SsmRequestStyle style;
	SsmRequestSet requests;
	MemoryContextCallback callback;
} SsmBinding;

extern SsmBinding *ssm_bind_create(const SsmOperation *operation);
extern void ssm_bind_qual(SsmBinding *binding, const SsmQual *qual,
						  const SsmDatum *values, const SsmOptions *options, const char *region);
extern bool ssm_bind_constant(SsmBinding *binding, const SsmQual *qual,
							  const SsmOptions *options);
extern void ssm_bind_finish(SsmBinding *binding, const SsmOptions *options, const SsmSpec *spec);
extern void ssm_bind_check(const SsmBinding *binding, const char *relname);
extern SsmBinding *ssm_bind_instead(const SsmBinding *binding, const SsmParameter *parameter, const char **values, int n);
extern char *ssm_bind_signature(const SsmBinding *binding, const SsmParameter *but);

#endif							/* SSM_FDW_BIND_H */

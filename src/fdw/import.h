/*
 * import.h
 *		IMPORT FOREIGN SCHEMA.
 */
#ifndef SSM_FDW_IMPORT_H
#define SSM_FDW_IMPORT_H

#include "foreign/fdwapi.h"

#include "ssm/operation.h"

extern char *ssm_import_columns(const SsmOperation *operation);
extern const char *ssm_import_options(const SsmOperation *operation);
extern List *ssmImportForeignSchema(ImportForeignSchemaStmt *stmt, Oid serverid);

#endif							/* SSM_FDW_IMPORT_H */

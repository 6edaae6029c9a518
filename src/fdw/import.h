/*
 * import.h
 *		IMPORT FOREIGN SCHEMA.
 */
#ifndef SSM_FDW_IMPORT_H
#define SSM_FDW_IMPORT_H

#include "foreign/fdwapi.h"

extern List *ssmImportForeignSchema(ImportForeignSchemaStmt *stmt, Oid serverid);

#endif							/* SSM_FDW_IMPORT_H */

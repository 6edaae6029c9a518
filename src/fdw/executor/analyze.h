/*
 * analyze.h
 *		ANALYZE by a few pages.
 */
#ifndef SSM_FDW_ANALYZE_H
#define SSM_FDW_ANALYZE_H

#include "foreign/fdwapi.h"

extern bool ssmAnalyzeForeignTable(Relation rel, AcquireSampleRowsFunc *func, BlockNumber *totalpages);

#endif							/* SSM_FDW_ANALYZE_H */

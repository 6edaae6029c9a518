/*
 * version.h
 *		The extension's release.
 */
#ifndef SSM_FDW_VERSION_H
#define SSM_FDW_VERSION_H

#define SSM_FDW_VERSION	"1.0"

#endif							/* SSM_FDW_VERSION_H */

/*
 * descriptors.h
 *		How many descriptors the process has left.
 */
#ifndef SSM_BASE_DESCRIPTORS_H
#define SSM_BASE_DESCRIPTORS_H

#include <stdbool.h>

extern bool ssm_descriptors_short(void);

#endif							/* SSM_BASE_DESCRIPTORS_H */

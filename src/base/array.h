/*
 * array.h
 *		The length of an array.
 */
#ifndef SSM_BASE_ARRAY_H
#define SSM_BASE_ARRAY_H

#ifndef lengthof				/* PostgreSQL has it, too */
#define lengthof(array) (sizeof (array) / sizeof ((array)[0]))
#endif

#endif							/* SSM_BASE_ARRAY_H */

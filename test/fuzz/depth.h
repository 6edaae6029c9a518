/*
 * depth.h
 *		How deep JSON is nested, for targets that are judged by jansson, which has
 *		another limit than we do.
 */
#ifndef SSM_TEST_DEPTH_H
#define SSM_TEST_DEPTH_H

#include <jansson.h>

/*
 * How deep a tree is nested, up to a limit.
 */
static int
depth(json_t *tree, int limit)
{
	int			deepest = 0;
	const char *key;
	json_t	   *child;
	size_t		i;

	if (limit > 0 && json_is_object(tree))
	{
		json_object_foreach(tree, key, child)
		{
			int			d = depth(child, limit - 1);

			deepest = d > deepest ? d : deepest;
		}
	}
	else if (limit > 0 && json_is_array(tree))
	{
		json_array_foreach(tree, i, child)
		{
			int			d = depth(child, limit - 1);

			deepest = d > deepest ? d : deepest;
		}
	}
	return deepest + 1;
}

#endif							/* SSM_TEST_DEPTH_H */

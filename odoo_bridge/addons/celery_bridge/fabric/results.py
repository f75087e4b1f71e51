"""``{"$result": n}`` in params: the result of the n-th dependency, put in when the job is claimed."""

from .json_schema import Later

NAME = "$result"


def with_results_later(params, dependencies):
    """The params as a schema can check them; ``dependencies`` is how many results there will be.

    A number that no dependency has stays as it is, for the schema to refuse.
    """
    if not dependencies:
        return params
    if isinstance(params, list):
        return [with_results_later(item, dependencies) for item in params]
    if not isinstance(params, dict):
        return params
    if set(params) == {NAME} and _is_index(params[NAME], dependencies):
        return Later()
    return {name: with_results_later(item, dependencies) for name, item in params.items()}


def _is_index(value, dependencies):
    return isinstance(value, int) and not isinstance(value, bool) and 0 <= value < dependencies

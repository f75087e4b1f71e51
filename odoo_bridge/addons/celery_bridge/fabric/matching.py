"""Records that are looked for by what they say, many in one search."""


class Matches:
    """Finds the first record of ``model``, by id, that says what is looked for."""

    def __init__(self, model):
        self.model = model

    def find(self, wanted):
        """Ids by place. ``wanted`` are alternatives by place, each ``{field: value}``; the first
        one that finds a record counts.
        """
        ids = {}
        for rank in range(max(map(len, wanted.values()), default=0)):
            groups = {}
            for place, alternatives in wanted.items():
                if place not in ids and rank < len(alternatives):
                    groups.setdefault(tuple(sorted(alternatives[rank])), []).append(place)
            for names, places in groups.items():
                ids |= self._find(names, {place: wanted[place][rank] for place in places})
        return ids

    def _find(self, names, wanted):
        domain = [(name, "in", list({each[name] for each in wanted.values()})) for name in names]
        first = {}
        for record in self.model.search(domain, order="id"):
            first.setdefault(tuple(self._said(record, name) for name in names), record.id)
        said = {place: tuple(each[name] for name in names) for place, each in wanted.items()}
        return {place: first[values] for place, values in said.items() if values in first}

    @staticmethod
    def _said(record, name):
        value = record[name]
        return value.id if record._fields[name].relational else value

"""The relations of an article: which groups they name, and what is read into an article that states none."""

from collections.abc import Iterable, Iterator

from scrubber.reference.coverage import (
    AnyOf,
    Article,
    Basis,
    NeedsSecond,
    NoList,
    NoncoveredDiagnoses,
    NotCoveredWith,
    Primary,
    PrimaryAndSecondary,
    Relation,
    StarredCondition,
    StarredNotFor,
)

ONE_GROUP = "The article does not say which procedures its list is for; it has one procedure group only."
NO_DIAGNOSES = "The article has no list of diagnoses."


def groups_named(relations: Iterable[Relation]) -> Iterator[tuple[str, str, int]]:
    """Every group the relations name: the key, the list it must be in, the group."""
    for number, relation in enumerate(relations):
        key = f"relations[{number}]"
        match relation:
            case AnyOf(groups=groups):
                named = [("groups", "covered", group) for group in groups]
            case Primary(primary=primary):
                named = [("primary", "covered", group) for group in primary]
            case PrimaryAndSecondary(primary=primary, secondary=secondary):
                named = [("primary", "covered", group) for group in primary]
                named += [("secondary", "covered", group) for group in secondary]
            case NoncoveredDiagnoses(groups=groups):
                named = [("groups", "noncovered", group) for group in groups]
            case NotCoveredWith(groups=some):
                named = [("groups", "noncovered", group) for group in some or ()]
            case NeedsSecond(starred_in=starred, others=others):
                named = [
                    ("starred_in", "covered", starred),
                    *(("with", "covered", group) for group in others),
                ]
            case StarredNotFor(group=group) | StarredCondition(group=group):
                named = [("group", "covered", group)]
            case _:
                named = []
        for field, name, group in named:
            yield f"{key}.{field}", name, group


def inferred_relations(
    article: Article, *, unlisted: bool = False, all_others: bool = False
) -> tuple[Relation, ...]:
    """What is read into an article for procedures no relation names.

    In an article with one group of procedures, any covered code supports them and a non-covered one does not. With
    several groups nothing is read into it: the procedure stays without a relation and is never judged. ``unlisted``:
    the article says that it has no covered list, ``all_others``: that every diagnosis it does not list is not covered.
    """
    related = {procedure for relation in article.relations for procedure in relation.procedures}
    rest = tuple(sorted(article.procedures.keys() - related))
    if not rest:
        return ()
    covered = tuple(group.group for group in article.groups if group.list == "covered")
    noncovered = tuple(group.group for group in article.groups if group.list == "noncovered")
    if not covered and not noncovered and not all_others:
        return (NoList(procedures=rest, basis=Basis.INFERRED, note=NO_DIAGNOSES),)
    if not article.one_procedure_group:
        return ()
    found: list[Relation] = []
    if unlisted:
        found.append(NoList(procedures=rest, basis=Basis.INFERRED, note=NO_DIAGNOSES))
    elif covered:
        found.append(AnyOf(procedures=rest, groups=covered, basis=Basis.INFERRED, note=ONE_GROUP))
    if noncovered:
        found.append(
            NoncoveredDiagnoses(procedures=rest, groups=noncovered, basis=Basis.INFERRED, note=ONE_GROUP)
        )
    return tuple(found)

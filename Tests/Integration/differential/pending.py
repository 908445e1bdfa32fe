"""Differences in which Apus is wrong and that are to go: a rule is deleted with the fix. Not deviations."""
import json
import re

from .json_text import Float


def structure_from_array(case):
    """serde reads a struct from an array, too, field by field."""
    return "invalid type: sequence, expected " in case.text(case.apus)


def place_of_syntax_error(case):
    """The path before the error: Chroma goes into arrays, filters and unknown fields."""
    theirs, ours = case.messages
    begin = "Failed to parse the request body as JSON: "
    return case.same_error and theirs.startswith(begin) and ours.startswith(begin) and (
        theirs.rsplit(": ", 1)[1] == ours.rsplit(": ", 1)[1]
        or (re.search("expected value|control character", ours) and theirs.split(" at line")[0] == ours.split(" at line")[0]))


def skipped_value_unchecked(case):
    """What Apus skips or keeps as it is: numbers out of range, lone surrogates, depth."""
    return case.chroma_answers(400, "InvalidArgumentError", "Failed to parse the request body as JSON: ") and (
        re.search(
            "number out of range|hex escape|lone leading surrogate|recursion limit|invalid unicode code point",
            case.text(case.chroma)) is not None)


def place_of_duplicate_filter(case):
    """Chroma notices the second `where` at the end of the object, after all other faults."""
    return case.same_error and re.search(
        r"duplicate field `where(_document)?` at line", case.text(case.apus)) is not None


def field_of_spann_update(case):
    return "new_configuration.spann" in case.text(case.chroma) and "unknown field" in case.text(case.chroma)


def key_twice_in_a_filter(case):
    """Of a key that comes twice in one object of a filter Chroma takes the last."""
    return case.chroma is not None and case.apus_answers(400, "InvalidArgumentError", "Invalid where ") and (
        case.chroma.status == 200 and _has_key_twice(case.step.body))


def _has_key_twice(body):
    found = []

    def pairs(items):
        found.append(len({key for key, _ in items}) != len(items))
        return dict(items)

    json.loads(body, object_pairs_hook=pairs)
    return any(found)


def order_of_checks_on_create(case):
    """Chroma: the database's name, the faults of name, metadata and schema, then how they fit together."""
    theirs, ours = case.messages
    return case.same_error and case.step.kind == "create collection" and (
        theirs.startswith("Validation error: ") and (
            ours.startswith("Failed to ") or ours.startswith("Multiple vector"))
        or theirs == "database name must be at least 3 characters")


def byte_pattern(case):
    """Classes of bytes ((?-u:\\w)), and classes that are empty ([^\\d\\D])."""
    return case.chroma_answers(400, "InvalidArgumentError", "Byte pattern is not allowed")


def parameter_beyond_i64(case):
    """A usize may go to 2^64 - 1."""
    return re.search(r"invalid value: integer `\d{19,20}`, expected usize", case.text(case.apus)) is not None


def name_of_expected_struct(case):
    """The name of Chroma's type where something else stands."""
    theirs, ours = case.messages
    return case.same_error and "invalid type: " in ours and ", expected struct " in theirs and (
        theirs.split(", expected ")[0] == ours.split(", expected ")[0])


def index_where_a_name_is_wanted(case):
    """A value of another type where an enum's name is wanted: Chroma says which, Apus calls it syntax."""
    return case.chroma_answers(422, "ChromaError") and re.search(
        "variant identifier|unknown variant|expected value", case.text(case.chroma)) is not None and (
        case.apus_answers(400, "InvalidArgumentError", "Failed to parse the request body as JSON: ")
        and ": expected value at line" in case.text(case.apus))


def body_before_path(case):
    """Chroma reads the body of a PUT before it judges the path."""
    return case.step.kind == "modify collection" and case.text(case.chroma).startswith("Failed to ") and (
        case.apus_answers(400, "InvalidArgumentError") and case.text(case.apus) in (
            "Collection ID is not a valid UUIDv4", "database name must be at least 3 characters"))


def collection_before_new_name(case):
    """Chroma looks for the collection of a PUT before it judges the new name and metadata."""
    return case.step.kind == "modify collection" and case.chroma_answers(404, "NotFoundError") and (
        case.apus_answers(400, "InvalidArgumentError", "Validation error: new_"))


def collection_metadata_after_names(case):
    """Chroma panics late: that the database is missing or the collection there comes first."""
    return case.apus_answers(400, "InvalidArgumentError", "Validation error: ") and (
        "strings, numbers and booleans only" in case.text(case.apus)
        and case.text(case.chroma).startswith(("Database [", "Collection [")))


def short_name_of_database(case):
    """DELETE of a database looks for it whatever its name."""
    return case.step.method == "DELETE" and case.chroma_answers(404, "NotFoundError", "Database [") and (
        case.text(case.apus) == "database name must be at least 3 characters")


def urn_uuid(case):
    return "/urn:uuid:" in case.step.path and case.chroma.status == 404


def embedding_function_of_wrong_type(case):
    theirs, ours = case.messages
    return case.same_error and "embedding_function: invalid type" in theirs and (
        "embedding_function: missing field `name`" in ours)


def order_of_checks_on_write(case):
    """Chroma: metadata keys, then one dimension, then the collection's, then the lengths of the arrays."""
    theirs, ours = case.messages
    order = (
        "Validation error: metadatas", "Inconsistent dimensions", "Collection expecting embedding",
        "Inconsistent number of IDs")
    places = [next((i for i, begin in enumerate(order) if text.startswith(begin)), None) for text in (theirs, ours)]
    return case.same_error and None not in places and places[0] < places[1]


def first_fault_of_a_filter(case):
    """Of several faults in a filter Chroma names the first."""
    theirs, ours = case.messages
    begins = ("Regex syntax errror: ", "Invalid where document clause", "Invalid where clause")
    return case.same_error and theirs.startswith(begins) and ours.startswith(begins)


def filter_before_all(case):
    """Chroma reads the filter before it looks at the schema, the dimensions and the query's vectors."""
    theirs, ours = case.messages
    return case.same_error and (
        theirs.startswith(("Invalid where", "Regex syntax errror: ", "Byte pattern"))
        and ours.startswith(("Cannot filter using", "Inconsistent dimensions", "Collection expecting")))


def unimplemented_functions(case):
    """Bad ids and bodies of routes that neither server implements: other texts."""
    return case.step.kind == "unimplemented" and case.chroma is not None and (
        case.chroma.status >= 400 and case.apus.status >= 400)


def empty_parameter(case):
    return case.step.path == "/api/v2/tenants//databases"


def number_of_a_function_as_sent(case, difference):
    """In an embedding function's configuration Chroma makes a float of an integer beyond 64 bits."""
    theirs, ours = difference.chroma, difference.apus
    return ".embedding_function.config" in difference.where and isinstance(theirs, Float) and (
        type(ours) is int and float(ours) == theirs.value and not -2**63 <= ours < 2**64)


PARTS = {"PENDING number_of_a_function_as_sent": number_of_a_function_as_sent}
WHOLES = {
    f"PENDING {rule.__name__}": rule for rule in (
        structure_from_array, place_of_syntax_error, skipped_value_unchecked, place_of_duplicate_filter,
        field_of_spann_update, key_twice_in_a_filter, order_of_checks_on_create, byte_pattern, parameter_beyond_i64, name_of_expected_struct, empty_parameter, index_where_a_name_is_wanted,
        body_before_path, collection_before_new_name, collection_metadata_after_names, short_name_of_database, urn_uuid, embedding_function_of_wrong_type,
        order_of_checks_on_write, filter_before_all, first_fault_of_a_filter, unimplemented_functions)
}

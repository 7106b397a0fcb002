"""One result, in the forms that other programs read.

gradescope   results.json of an autograder (gradescope-autograders.readthedocs.io)
junit        JUnit XML, as Jenkins and GitLab read it
classroom50  result.json, "classroom50/result/v1"
autolab      the line of JSON that an autograder's output ends with
"""
import datetime
import json
import xml.etree.ElementTree as xml

PASSED = "passed"


def number(value):
    """A whole number without a point."""
    return int(value) if value == int(value) else value


def all_tests(result):
    for stage, one in result["stages"].items():
        for exercise in one["exercises"]:
            for test in exercise["tests"]:
                yield stage, exercise, test


def words(test, exercise, stage):
    """Why a test has not passed, as `make test` says it."""
    if test["verdict"] == PASSED:
        return test["promise"]
    state = {"not handed in": f"{exercise['file']}: {exercise['state']}",
             "blocked": "An exercise that this test needs is not written.",
             "not written yet": "The function is not written yet.",
             }.get(test["verdict"], "")
    parts = [test["promise"], state, test["message"]]
    return "\n\n".join(part for part in parts if part)


def gradescope(result, mark):
    tests = []
    for stage, exercise, test in all_tests(result):
        tests.append({
            "name": f"{exercise['id']} {exercise['title']}: {test['test']}",
            "number": exercise["id"],
            "score": test["points"], "max_score": test["of"],
            "status": "passed" if test["verdict"] == PASSED else "failed",
            "output": words(test, exercise, stage), "output_format": "text",
            "visibility": "visible"})
    return json.dumps({
        "score": number(mark["mark"]), "execution_time":
        int(result["seconds"]), "visibility": "visible",
        "stdout_visibility": "hidden",
        "output": "\n".join(notes_of(result)) or "All was taken as it is.",
        "output_format": "text", "tests": tests},
        ensure_ascii=False, indent=1)


def notes_of(result):
    """All that was odd, a line each."""
    lines = list(result["notes"])
    for stage in result["stages"].values():
        lines += stage["notes"]
        for file in stage["files"]:
            if file["state"] not in ("built", "missing"):
                lines.append(f"{file['file']}: {file['state']}\n"
                             f"{file['said']}".rstrip())
        if stage["why"]:
            lines.append(stage["why"])
    if result["sandbox"].startswith("none"):
        lines.append("Graded without a sandbox (UNSAFE=1).")
    return lines


def allowed(text):
    """XML has no control characters, not even as references."""
    return "".join(c if c in "\n\t" or ("\x20" <= c and c not in
                                        "\x7f\ufffe\uffff" and
                                        not "\ud800" <= c <= "\udfff")
                   else "?" for c in text)


def junit(result, mark):
    del mark
    root = xml.Element("testsuites", name="Loop to Pool")
    when = datetime.datetime.fromtimestamp(
        result["arrived"], datetime.timezone.utc).strftime("%Y-%m-%dT%H:%M:%S")
    for number_, (stage, one) in enumerate(result["stages"].items()):
        suite = xml.SubElement(
            root, "testsuite", name=f"stage{stage}", id=str(number_),
            package="loop-to-pool", hostname="classroom", timestamp=when)
        counts = {"tests": 0, "failures": 0, "errors": 0, "skipped": 0}
        seconds = 0.0
        xml.SubElement(suite, "properties")
        for exercise in one["exercises"]:
            for test in exercise["tests"]:
                case = xml.SubElement(
                    suite, "testcase", name=test["test"],
                    classname=f"stage{stage}.exercise_"
                    f"{exercise['id'].replace('.', '_')}."
                    f"{exercise['function']}",
                    file=exercise["file"], time=f"{test['seconds']:.3f}")
                counts["tests"] += 1
                seconds += test["seconds"]
                verdict = test["verdict"]
                text = allowed(words(test, exercise, stage))
                if verdict in ("wrong", "not handed in", "not written yet"):
                    counts["failures"] += 1
                    bad = xml.SubElement(case, "failure", type=verdict,
                                         message=allowed(test["promise"]))
                    bad.text = text
                elif verdict == "not run":
                    counts["errors"] += 1
                    bad = xml.SubElement(case, "error", type=verdict,
                                         message=allowed(test["message"]))
                    bad.text = text
                elif verdict != PASSED:
                    counts["skipped"] += 1
                    xml.SubElement(case, "skipped", message=text)
        for name, count in counts.items():
            suite.set(name, str(count))
        suite.set("time", f"{seconds:.3f}")
        said = xml.SubElement(suite, "system-out")
        said.text = allowed("\n".join(notes_of(result)))
        xml.SubElement(suite, "system-err")
    xml.indent(root)
    return '<?xml version="1.0" encoding="UTF-8"?>\n' + \
        xml.tostring(root, encoding="unicode") + "\n"


def classroom50(result, mark, place=None):
    """`place` is what its runner knows and we do not; the names are its
    environment's."""
    place = place or {}
    when = datetime.datetime.fromtimestamp(
        mark["handed_in"], datetime.timezone.utc)
    stages = "-".join(result["stages"])
    return json.dumps({
        "schema": "classroom50/result/v1",
        "classroom": place.get("CLASSROOM", "loop-to-pool"),
        "assignment": place.get("ASSIGNMENT", f"stage{stages}"),
        "submission": place.get(
            "SUBMISSION_TAG", when.strftime("submit/%Y-%m-%dT%H-%M-%SZ-") +
            result["hash"][:7]),
        "commit": place.get("COMMIT_URL", "local:" + result["hash"][:40]),
        "release": place.get("RELEASE_URL", "local:" + result["hash"][:40]),
        "review": place.get("REVIEW_URL") or
        place.get("COMMIT_URL", "local:" + result["hash"][:40]),
        "datetime": when.strftime("%Y-%m-%dT%H:%M:%SZ"),
        "score": sum(test["points"] for _, _, test in all_tests(result)),
        "max-score": sum(test["of"] for _, _, test in all_tests(result)),
        "tests": [{"test-name": f"{exercise['id']} {test['test']}",
                   "passed": test["verdict"] == PASSED,
                   "score": test["points"], "max-score": test["of"]}
                  for _, exercise, test in all_tests(result)]},
        ensure_ascii=False, indent=1)


def autolab(result, mark):
    """One problem for each exercise; they are to be named like these."""
    scores = {f"{exercise['id']} {exercise['title']}": exercise["points"]
              for stage in result["stages"].values()
              for exercise in stage["exercises"]}
    if mark["percent_off"]:
        scores["Late"] = round(mark["mark"] - mark["total"], 2)
    return json.dumps({"scores": scores,
                       "scoreboard": [number(mark["mark"])]},
                      ensure_ascii=False)


FORMS = {"gradescope": (gradescope, "{}.json"), "junit": (junit, "{}.xml"),
         "classroom50": (classroom50, "{}.json"),
         "autolab": (autolab, "{}.txt")}

"""From the results, one JSON for each submission, to everything people read.

    publish.py FOLDER [STUDENTS.csv]     makes it again, without grading

Writes into FOLDER: grades.csv, moodle.csv, canvas.csv, index.html (the class),
students/ (a page each), exports/ (exports.py). policy.csv, overrides.csv and
columns.csv are made once and then belong to the teacher.
"""
import datetime
import html
import json
import os
import shutil
import sys
import urllib.parse

import exports
import policy

STYLE = """
:root { color-scheme: light dark; --good: #2f8f4e; --bad: #c6403a;
  --half: #b07d12; --none: #777; --line: #8884; }
body { font: 16px/1.5 system-ui, sans-serif; margin: 2rem auto;
  max-width: 88rem; padding: 0 1rem; }
h1 { font-size: 1.5rem; } h2 { font-size: 1.2rem; margin-top: 2rem; }
.wide { overflow-x: auto; }
table { border-collapse: collapse; font-size: .9rem;
  font-variant-numeric: tabular-nums; }
th, td { border: 1px solid var(--line); padding: .25rem .5rem;
  text-align: left; vertical-align: top; }
td.n, th.n { text-align: right; white-space: nowrap; }
td.heat { color: #fff; text-align: center; white-space: nowrap;
  padding: .25rem .3rem; font-size: .8rem; }
thead th { position: sticky; top: 0; background: Canvas; }
pre, .message { white-space: pre-wrap; overflow-wrap: anywhere; }
pre { background: #8881; padding: .6rem; font-size: .85rem; }
.warn { border-left: 4px solid var(--half); padding-left: .8rem; }
section { border-top: 1px solid var(--line); padding-top: .3rem; }
"""


def esc(text):
    return html.escape(str(text), quote=True)


def page(title, body):
    return f"""<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy"
 content="default-src 'none'; style-src 'unsafe-inline'">
<title>{esc(title)}</title>
<style>{STYLE}</style>
{body}
</html>
"""


def write(path, text):
    with open(path + ".new", "w", encoding="utf-8",
              errors="replace") as file:
        file.write(text)
    os.rename(path + ".new", path)


def shown(value):
    return f"{value:.2f}".rstrip("0").rstrip(".")


def colour(points, of):
    part = points / of if of else 0
    return ("var(--good)" if part >= 1 else
            "var(--bad)" if part <= 0 else "var(--half)")


SHORT = {"not written yet": "to write", "does not compile": "no compile",
         "does not fit": "no link", "must wait": "waits"}


# ---- Reading ----

def read_results(folder):
    found = []
    place = os.path.join(folder, "results")
    for name in sorted(os.listdir(place)):
        if name.endswith(".json"):
            with open(os.path.join(place, name), encoding="utf-8") as file:
                found.append((name[:-5], json.load(file)))
    return found


def read_grades(folder):
    """{student: mark} of the time before."""
    rows = policy.read_csv(os.path.join(folder, "grades.csv"))
    return {row["student"].removeprefix("'"): row["mark"] for row in rows}


def read_students(path):
    """{id: the row} of the list of the class; its first column is the id."""
    found = {}
    for row in policy.read_csv(path) if path else ():
        found[next(iter(row.values()))] = row
    return found


def when_handed_in(result, student):
    """What the class list's column `submitted` says; or else an archive's own
    time, or a folder's newest file."""
    text = (student or {}).get("submitted") or ""
    if text:
        try:
            return datetime.datetime.fromisoformat(text).timestamp()
        except ValueError as error:
            raise policy.Wrong(f"the class list, submitted: {error}") from error
    if result["is_folder"] and result["modified"]:
        return result["modified"]
    return result["arrived"]


# ---- What is made of one student ----

def test_words(exercise, test):
    return f"""<section><h3>{esc(test['test'])}</h3>
<p>{esc(test['promise'])}</p>
<p class="message">{esc(test['message'])}</p></section>"""


def student_page(key, result, mark):
    rows, failures, files = [], [], []
    for stage, one in result["stages"].items():
        for file in one["files"]:
            if file["said"]:
                what = "uses what ours does not" \
                    if file["state"] == "built" else file["state"]
                files.append(f"<h3>{esc(file['file'])}: {esc(what)}</h3>"
                             f"<pre>{esc(file['said'])}</pre>")
        for exercise in one["exercises"]:
            rows.append(
                f"<tr><td>{esc(exercise['id'])}<td>{esc(exercise['title'])}"
                f"<td>{esc(exercise['state'])}<td class=n>"
                f"{shown(mark['points'][exercise['id']])} of "
                f"{exercise['of']}")
            bad = [test for test in exercise["tests"]
                   if test["verdict"] in ("wrong", "not run")]
            if bad:
                failures.append(
                    f"<h2>{esc(exercise['id'])} {esc(exercise['title'])}: "
                    f"<code>{esc(exercise['function'])}()</code> in "
                    f"{esc(exercise['file'])}</h2>" +
                    "".join(test_words(exercise, test) for test in bad))
    notes = "".join(f"<li class=message>{esc(line)}"
                    for line in exports.notes_of(result))
    late = f" ({mark['days_late']} days late: " \
        f"{shown(mark['percent_off'])} % off)" if mark["percent_off"] else ""
    overrides = "".join(
        f"<li>{esc(exercise or 'the mark')}: {shown(points)} - {esc(reason)}"
        for exercise, points, reason in mark["overrides"])
    return page(key, f"""
<h1>{esc(key)}: {shown(mark['mark'])} of {result['of']}{late}</h1>
<p><a href="../index.html">the class</a> · handed in as
{esc(result['submission'])} · sandbox: {esc(result['sandbox'])}</p>
{'<h2>Decided by the teacher</h2><ul>' + overrides + '</ul>'
 if overrides else ''}
{'<div class=warn><h2>What was odd</h2><ul>' + notes + '</ul></div>'
 if notes else ''}
<div class=wide><table><thead><tr><th>exercise<th><th>state<th class=n>points
</thead>{''.join(rows)}</table></div>
{''.join(failures)}
{'<h2>The compiler, and what to look at</h2>' + ''.join(files)
 if files else ''}
""")


# ---- The class ----

def heat_row(key, result, mark, link):
    cells = []
    for one in result["stages"].values():
        for exercise in one["exercises"]:
            points = mark["points"][exercise["id"]]
            state = exercise["state"]
            text = shown(points) if state in ("done", "wrong") or points \
                else SHORT.get(state, state)
            cells.append(
                f"<td class=heat style=\"background:"
                f"{colour(points, exercise['of'])}\" title=\""
                f"{esc(exercise['title'])}: {esc(state)}\">{esc(text)}")
    odd = len(exports.notes_of(result))
    return (f"<tr><td><a href=\"{esc(link)}\">{esc(key)}</a>"
            f"<td class=n>{shown(mark['mark'])}"
            f"<td class=n>{mark['days_late'] or ''}"
            f"<td class=n>{odd or ''}" + "".join(cells))


def most_failed(results):
    counts = {}
    for _, result in results:
        for _, exercise, test in exports.all_tests(result):
            if test["verdict"] == "wrong":
                one = counts.setdefault(test["test"], [0, exercise["id"],
                                                       test["promise"]])
                one[0] += 1
    return sorted(counts.items(), key=lambda item: (-item[1][0], item[0]))


def class_page(stages, chosen, absent, sandbox_words):
    head = "".join(f"<th title=\"{esc(exercise['title'])}\">{exercise['id']}"
                   for exercise in (chosen[0][1]["stages"][str(stage)]
                                    ["exercises"][index]
                                    for stage in stages
                                    for index in range(len(
                                        chosen[0][1]["stages"][str(stage)]
                                        ["exercises"])))) if chosen else ""
    rows = [heat_row(key, result, mark, link)
            for key, result, mark, link in chosen]
    rows += [f"<tr><td>{esc(key)}<td class=n>0<td><td>nothing handed in"
             for key in absent]
    tests = "".join(
        f"<tr><td class=n>{count}<td>{esc(exercise)}<td><code>{esc(name)}"
        f"</code><td>{esc(promise)}"
        for name, (count, exercise, promise) in
        most_failed([(key, result) for key, result, _, _ in chosen])[:25])
    marks = sorted(mark["mark"] for _, _, mark, _ in chosen)
    middle = shown(marks[len(marks) // 2]) if marks else "-"
    unsafe = f"<p class=warn>Sandbox: {esc(sandbox_words)}</p>"
    return page("The class", f"""
<h1>Stage {', '.join(map(str, stages))}: {len(chosen)} students,
the one in the middle has {middle}</h1>
{unsafe}
<div class=wide><table><thead><tr><th>student<th class=n>mark<th>days late
<th>odd{head}</thead>{''.join(rows)}</table></div>
<h2>Which tests fail most</h2>
<div class=wide><table><thead><tr><th class=n>students<th>exercise<th>test
<th>what a right program does</thead>{tests}</table></div>
""")


# ---- Tables for other programs ----

COLUMNS = [["moodle", "ID number", "student"],
           ["moodle", "Email address", "email"],
           ["moodle", "Loop to Pool", "mark"],
           ["moodle", "Feedback comments", "feedback"],
           ["canvas", "Student", "name"], ["canvas", "ID", ""],
           ["canvas", "SIS User ID", "student"],
           ["canvas", "SIS Login ID", "email"], ["canvas", "Section", ""],
           ["canvas", "Loop to Pool", "mark"]]


def write_mapped(folder, rows, of):
    """moodle.csv and canvas.csv, with the columns that columns.csv names. A
    field is one of grades.csv or of the class list; empty: left empty."""
    path = os.path.join(folder, "columns.csv")
    if not os.path.exists(path):
        policy.write_csv(path, ["for", "column", "field"], COLUMNS)
    columns = {}
    for row in policy.read_csv(path):
        columns.setdefault(row["for"], []).append((row["column"],
                                                   row["field"]))
    for name, pairs in columns.items():
        lines = [[row.get(field, "") for _, field in pairs] for row in rows]
        if name == "canvas":    # its second row: the most that can be had
            lines.insert(0, ["    Points Possible" if number == 0 else
                             of if field == "mark" else ""
                             for number, (_, field) in enumerate(pairs)])
        policy.write_csv(os.path.join(folder, f"{os.path.basename(name)}.csv"),
                         [column for column, _ in pairs], lines)


def say_changes(before, now):
    if not before:
        return
    changed = [(key, before.get(key), now.get(key))
               for key in sorted({*before, *now})
               if before.get(key) != now.get(key)]
    if not changed:
        print("No mark has changed.")
    for key, old, new in changed:
        print(f"{key}: {'new' if old is None else old} -> "
              f"{'gone' if new is None else new}")


def publish(folder, stages, students_path, before, sandbox_words):
    results = read_results(folder)
    exercises = [exercise for stage in stages
                 for exercise in results[0][1]["stages"][str(stage)]
                 ["exercises"]] if results else []
    of = sum(exercise["of"] for exercise in exercises)
    try:
        rules = policy.read_policy(folder)
        overrides = policy.read_overrides(
            folder, {exercise["id"] for exercise in exercises})
        students = read_students(
            students_path or os.path.join(folder, "students.csv"))
    except policy.Wrong as error:
        sys.exit(f"{error}\nThe grading itself is done; put that right and "
                 "give the same command again.")
    for name in ("students", "exports"):
        shutil.rmtree(os.path.join(folder, name), ignore_errors=True)
    os.makedirs(os.path.join(folder, "students"))
    by_student = {}
    for key, result in results:
        mark = policy.mark(
            result, rules, overrides.get(result["student"], []),
            when_handed_in(result, students.get(result["student"])))
        by_student.setdefault(result["student"], []).append(
            (result, mark, key))
        write(os.path.join(folder, "students", key + ".html"),
              student_page(key, result, mark))
        for form, (make, name) in exports.FORMS.items():
            place = os.path.join(folder, "exports", form)
            os.makedirs(place, exist_ok=True)
            write(os.path.join(place, name.format(key)), make(result, mark))
    chosen, rows = [], []
    for student, marked in sorted(by_student.items()):
        result, mark, key = policy.choose(marked, rules)
        link = "students/" + urllib.parse.quote(key + ".html")
        chosen.append((student, result, mark, link))
        rows.append({**students.get(student, {}), "student": student,
                     "mark": shown(mark["mark"]), "of": of,
                     "points": shown(mark["total"]),
                     "days_late": mark["days_late"],
                     "percent_off": shown(mark["percent_off"]),
                     "submission": result["submission"],
                     "feedback": "; ".join(
                         line.splitlines()[0]
                         for line in exports.notes_of(result))[:500],
                     **{one: shown(value)
                        for one, value in mark["points"].items()}})
    absent = sorted(set(students) - set(by_student))
    for student in absent:
        rows.append({**students[student], "student": student, "mark": "0",
                     "of": of, "feedback": "nothing was handed in"})
    header = ["student", "name", "mark", "of", "points", "days_late",
              "percent_off", "submission",
              *(exercise["id"] for exercise in exercises), "feedback"]
    policy.write_csv(os.path.join(folder, "grades.csv"), header,
                     [[row.get(name, "") for name in header] for row in rows])
    write_mapped(folder, rows, of)
    write(os.path.join(folder, "index.html"),
          class_page(stages, chosen, absent, sandbox_words))
    say_changes(before, {row["student"]: row["mark"] for row in rows})
    print(f"{len(chosen)} students: {folder}/index.html, grades.csv")


def main():
    folder = sys.argv[1]
    results = read_results(folder)
    if not results:
        sys.exit(f"There is no result in {folder}/results.")
    publish(folder, [int(stage) for stage in results[0][1]["stages"]],
            sys.argv[2] if len(sys.argv) > 2 else "", read_grades(folder),
            results[0][1]["sandbox"])


if __name__ == "__main__":
    main()

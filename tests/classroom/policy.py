"""From results to marks: late work, single decisions, several submissions.

FOLDER/policy.csv (made at the first time, then the teacher's):
    deadline          2026-12-01 23:59, local time; empty: none
    grace_hours       so much later is not late
    percent_per_day   taken off for each day begun
    cap_percent       never more than that is taken off
    best_of           best or last, of several submissions of one student

FOLDER/overrides.csv: student, exercise, points, reason. Without an exercise it
is the student's mark itself, and nothing is taken off it.
"""
import csv
import datetime
import math
import os

DEFAULTS = {
    "deadline": ("", "such as 2026-12-01 23:59; empty: none"),
    "grace_hours": ("0", "so much later is not late yet"),
    "percent_per_day": ("10", "taken off for each day that has begun"),
    "cap_percent": ("50", "no more than this is taken off"),
    "best_of": ("best", "best or last, of several submissions"),
}


class Wrong(Exception):
    """A file of the teacher's has a mistake; says which."""


def read_csv(path):
    try:
        with open(path, encoding="utf-8-sig", newline="") as file:
            return list(csv.DictReader(file))
    except FileNotFoundError:
        return []
    except (OSError, UnicodeError, csv.Error) as error:
        raise Wrong(f"{path}: {error}") from error


def write_csv(path, header, rows):
    """As spreadsheets like it: UTF-8 with a mark at its beginning, CRLF."""
    with open(path + ".new", "w", encoding="utf-8-sig", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(header)
        for row in rows:
            writer.writerow([harmless(cell) for cell in row])
    os.rename(path + ".new", path)


def harmless(cell):
    """Text that a spreadsheet would take for a formula gets a quote."""
    if isinstance(cell, str) and cell[:1] in ("=", "+", "-", "@", "\t", "\r"):
        return "'" + cell
    return cell


def read_policy(folder):
    path = os.path.join(folder, "policy.csv")
    if not os.path.exists(path):
        write_csv(path, ["setting", "value", "meaning"],
                  [[name, *words] for name, words in DEFAULTS.items()])
    policy = {name: value for name, (value, _) in DEFAULTS.items()}
    for row in read_csv(path):
        name, value = row.get("setting") or "", (row.get("value") or "")
        if name not in policy:
            raise Wrong(f"policy.csv: there is no setting \"{name}\"")
        policy[name] = value.strip()
    try:
        deadline = policy["deadline"]
        policy["deadline"] = \
            datetime.datetime.fromisoformat(deadline).timestamp() \
            if deadline else None
        for name in ("grace_hours", "percent_per_day", "cap_percent"):
            policy[name] = float(policy[name] or 0)
    except ValueError as error:
        raise Wrong(f"policy.csv: {error}") from error
    if policy["best_of"] not in ("best", "last"):
        raise Wrong("policy.csv: best_of is \"best\" or \"last\"")
    return policy


def read_overrides(folder, exercises):
    """{student: [(exercise or "", points, reason)]}"""
    path = os.path.join(folder, "overrides.csv")
    if not os.path.exists(path):
        write_csv(path, ["student", "exercise", "points", "reason"], [])
    found = {}
    for row in read_csv(path):
        exercise = (row.get("exercise") or "").strip()
        if exercise and exercise not in exercises:
            raise Wrong(f"overrides.csv: there is no exercise {exercise}")
        try:
            points = float(row["points"])
        except (KeyError, TypeError, ValueError) as error:
            raise Wrong("overrides.csv: the points of "
                        f"{row.get('student')} are no number") from error
        found.setdefault(row.get("student") or "", []).append(
            (exercise, points, row.get("reason") or ""))
    return found


def days_late(policy, handed_in):
    if policy["deadline"] is None:
        return 0
    late = handed_in - policy["deadline"] - 3600 * policy["grace_hours"]
    # Who is late by a minute after the grace is late from the deadline on.
    return 0 if late <= 0 else math.ceil(
        (handed_in - policy["deadline"]) / 86400)


def mark(result, policy, overrides, handed_in):
    """What one submission is worth, and how that came about."""
    points = {one["id"]: one["points"]
              for stage in result["stages"].values()
              for one in stage["exercises"]}
    final = None
    reasons = []
    for exercise, value, reason in overrides:
        reasons.append((exercise, value, reason))
        if exercise:
            points[exercise] = value
        else:
            final = value
    days = days_late(policy, handed_in)
    off = min(policy["cap_percent"], days * policy["percent_per_day"])
    total = sum(points.values())
    value = total * (1 - off / 100) if final is None else final
    return {"points": points, "total": total, "days_late": days,
            "percent_off": off if final is None else 0,
            "mark": round(value, 2), "overrides": reasons,
            "handed_in": handed_in}


def choose(marked, policy):
    """Of a student's submissions the one that counts."""
    key = (lambda one: (one[1]["mark"], one[1]["handed_in"])) \
        if policy["best_of"] == "best" else \
        (lambda one: (one[1]["handed_in"], one[0]["label"]))
    return max(marked, key=key)

"""report.py - tables of 80 columns, files of data, and plots."""
import html
import os
import re
import shutil
import statistics
import subprocess

# Told apart by eyes that see no colours, too: by mark and by dashes.
LINES = [("#0072b2", 7, 1), ("#d55e00", 5, 2), ("#009e73", 9, 3),
         ("#000000", 4, 4), ("#cc79a7", 13, 5), ("#7a6a00", 11, 6)]
FONTS = "Helvetica,Arial,sans-serif"
FILLS = [("#0072b2", "solid 1.0"), ("#e8a33d", "solid 0.75"),
         ("#009e73", "pattern 2")]


def short(number):
    """Three figures, or all of those before the point."""
    if number is None:
        return "-"
    if abs(number) >= 100 or number == int(number):
        return f"{number:.0f}"
    return f"{number:.1f}" if abs(number) >= 10 else f"{number:.2f}"


def spread(values):
    """The median, and the least and the most."""
    values = [v for v in values if v is not None]
    if not values:
        return "-"
    middle = short(statistics.median(values))
    if len(values) == 1:
        return middle
    return f"{middle} ({short(min(values))}-{short(max(values))})"


def table(head, rows):
    """Prints it; the first column to the left, the others to the right."""
    head = [str(cell) for cell in head]
    rows = [[str(cell) for cell in row] for row in rows]
    widths = [max(len(row[i]) for row in [head] + rows)
              for i in range(len(head))]
    for row in [head] + rows:
        cells = [row[0].ljust(widths[0])]
        cells += [cell.rjust(width)
                  for cell, width in zip(row[1:], widths[1:])]
        print(("  " + "  ".join(cells)).rstrip())
    print()


class Data:
    """Rows, each a dict; kept in a file whose first lines say where from."""

    def __init__(self, rows=(), notes=None):
        self.rows = list(rows)
        self.notes = dict(notes or {})

    def add(self, **row):
        self.rows.append(row)

    def pick(self, column, **where):
        """That column of the rows for which all of `where` holds."""
        return [row.get(column) for row in self.rows
                if all(row.get(k) == v for k, v in where.items())]

    def median(self, column, **where):
        values = [v for v in self.pick(column, **where) if v is not None]
        return statistics.median(values) if values else None

    def values(self, column, **where):
        """Which different values there are, in order of appearance."""
        return list(dict.fromkeys(self.pick(column, **where)))

    def ratios(self, column, one, other):
        """Of two selections, the ratio in each round."""
        found = []
        for number in self.values("round"):
            a = self.median(column, round=number, **one)
            b = self.median(column, round=number, **other)
            if a is not None and b:
                found.append(a / b)
        return found

    def write(self, path):
        columns = list(dict.fromkeys(k for row in self.rows for k in row))
        with open(path, "w", encoding="utf-8") as file:
            for name, text in self.notes.items():
                file.write(f"# {name}: {text}\n")
            file.write("\t".join(columns) + "\n")
            for row in self.rows:
                file.write("\t".join(
                    f"{row[c]:.5g}" if isinstance(row.get(c), float)
                    else str(row.get(c, "")) for c in columns) + "\n")


def number(text):
    for kind in int, float:
        try:
            return kind(text)
        except ValueError:
            pass
    return text or None


def read_data(path):
    data = Data()
    with open(path, encoding="utf-8") as file:
        lines = file.read().splitlines()
    while lines and lines[0].startswith("# "):
        name, _, text = lines.pop(0)[2:].partition(": ")
        data.notes[name] = text
    columns = lines.pop(0).split("\t")
    for line in lines:
        cells = map(number, line.split("\t"))
        data.rows.append(dict(zip(columns, cells)))
    return data


# --- plots -------------------------------------------------------------------

def quoted(text):
    for one, other in ("\\", "\\\\"), ('"', '\\"'), ("\n", "\\n"):
        text = text.replace(one, other)
    return f'"{text}"'


class Panel:
    """One pair of axes: lines over numbers, or bars over names."""

    def __init__(self, x_title, y_title, settings=""):
        self.x_title, self.y_title, self.settings = x_title, y_title, settings
        self.lines = []   # (title, [(x, median, least, most)])
        self.looks = {}   # of a line, if it is not its number's
        self.names = []   # of the groups of bars
        self.is_points = False

    def line(self, title, data, column, x_column, look=None, **where):
        points = []
        for x in sorted(data.values(x_column, **where)):
            values = data.pick(column, **where, **{x_column: x})
            values = [v for v in values if v is not None]
            if values:
                points.append((x, statistics.median(values), min(values),
                               max(values)))
        if points:
            if look is not None:
                self.looks[len(self.lines)] = look
            self.lines.append((title, points))

    def bars(self, title, groups):
        """groups: for each name the values."""
        self.names = [name for name, _ in groups]
        points = []
        for i, (_, values) in enumerate(groups):
            values = [v for v in values if v is not None]
            if values:
                points.append((i, statistics.median(values), min(values),
                               max(values)))
        self.lines.append((title, points))

    def script(self):
        out = [f"set xlabel {quoted(self.x_title)}",
               f"set ylabel {quoted(self.y_title)}", self.settings]
        for i, (_, points) in enumerate(self.lines):
            out.append(f"$data{i} << END")
            out += [" ".join(f"{v:.6g}" for v in point) for point in points]
            out.append("END")
        if self.names:
            out += self.bar_plot()
        else:
            out += self.line_plot()
        out += [f"undefine $data{i}" for i in range(len(self.lines))]
        return out

    def line_plot(self):
        plots = []
        for i, (title, _) in enumerate(self.lines):
            colour, mark, dash = LINES[self.looks.get(i, i) % len(LINES)]
            look = f"lc rgb '{colour}' pt {mark} dt {dash} lw 1.6 ps 0.7"
            style = "points" if self.is_points else "linespoints"
            plots.append(f"$data{i} using 1:2 with {style} {look} "
                         f"title {quoted(title)}")
            plots.append(f"$data{i} using 1:3:(0):($4-$3) with vectors "
                         f"nohead lc rgb '{colour}' lw 1.2 notitle")
        return ["plot " + ", ".join(plots)]

    def bar_plot(self):
        ticks = ", ".join(f"{quoted(name)} {i}"
                          for i, name in enumerate(self.names))
        width = 0.8 / len(self.lines)
        plots = []
        for i, (title, _) in enumerate(self.lines):
            colour, fill = FILLS[i % len(FILLS)]
            shift = (i - (len(self.lines) - 1) / 2) * width
            title = quoted(title) if title else None
            plots.append(
                f"$data{i} using ($1+{shift}):2:({width * 0.92}) with boxes "
                f"lc rgb '{colour}' fs {fill} border lc rgb '{colour}' "
                + (f"title {title}" if title else "notitle"))
            plots.append(f"$data{i} using ($1+{shift}):3:(0):($4-$3) with "
                         "vectors nohead lc rgb '#000000' lw 1.5 notitle")
        return [f"set xtics ({ticks})",
                f"set xrange [-0.6:{len(self.names) - 0.4}]",
                "plot " + ", ".join(plots)]


def plot(path, title, description, notes, panels):
    """Draws the panels beside each other. Returns False without gnuplot."""
    if not shutil.which("gnuplot"):
        return False
    footer = (f"{notes.get('machine', '')}; load average "
              f"{notes.get('load average', '?')}; {notes.get('date', '')}")
    panels = [panel for panel in panels if panel.lines]
    if not panels:
        return False
    wide = 860 if len(panels) > 1 else 720
    lines = [
        f"set terminal svg size {wide},430 fixed noenhanced "
        f"font '{FONTS},13' background '#ffffff'",
        "set output 'plot.svg'", "set encoding utf8",
        "set multiplot",
        f"set label 1 {quoted(title)} at screen 0.5,0.965 center "
        "font ',15'",
        f"set label 2 {quoted(footer)} at screen 0.5,0.025 center "
        "font ',11' tc rgb '#444444'",
        "set border 3", "set xtics nomirror", "set ytics nomirror",
        "set grid ytics lc rgb '#d0d0d0' lt 1 lw 0.5",
        "set key at graph 0.5,1.02 center bottom vertical",
        "set key samplen 2.5",
        "set style fill solid", "set errorbars small",
        "set yrange [0:*]", "set bmargin at screen 0.19",
        "set tmargin at screen 0.8"]
    for i, panel in enumerate(panels):
        left = i / len(panels) + 88 / wide
        right = (i + 1) / len(panels) - 15 / wide
        lines += [f"set lmargin at screen {left}",
                  f"set rmargin at screen {right}"]
        rows = 2 if len(panel.lines) <= 4 else 3
        lines.append(f"set key maxrows {rows}")
        lines += panel.script()
        lines += ["unset label 1", "unset label 2", "unset logscale",
                  "set xtics autofreq norotate", "set ytics autofreq",
                  "set xrange [*:*]", "set yrange [0:*]"]
    lines.append("unset multiplot")
    folder = os.path.dirname(path)  # no path in the script: it may hold blanks
    done = subprocess.run(["gnuplot"], input="\n".join(lines) + "\n",
                          cwd=folder, text=True, capture_output=True,
                          check=False)
    if done.returncode or done.stderr.strip():
        print(f"  gnuplot: {done.stderr.strip()}")
    drawn = os.path.join(folder, "plot.svg")
    if done.returncode or not os.path.exists(drawn):
        return False
    with open(drawn, encoding="utf-8") as file:
        svg = file.read()
    os.remove(drawn)
    with open(path, "w", encoding="utf-8") as file:
        file.write(tidy(svg, title, description))
    return True


def tidy(svg, title, description):
    """Says what it shows, to who cannot see it; and is smaller."""
    svg = re.sub(r"<title>Gnuplot</title>\s*", "", svg)
    svg = re.sub(r"<desc>Produced by GNUPLOT.*?</desc>\s*",
                 lambda _: f"<title>{html.escape(title)}</title>\n"
                 f"<desc>{html.escape(description)}</desc>\n", svg,
                 flags=re.DOTALL)
    svg = svg.replace("<svg", f'<svg role="img" font-family="{FONTS}"', 1)
    svg = re.sub(r"\s*<title>gnuplot_plot_\w+</title>", "", svg)
    # What says nothing, or what is said already.
    svg = re.sub(r' (stroke-linecap="butt"|stroke-linejoin="miter"|'
                 r'class="gridline"|id="gnuplot_\w+"|'
                 r'(?<=tspan )font-family="[^"]*"|'
                 r'(?<=fill="black" )font-family="[^"]*")', "", svg)
    svg = re.sub(r"<g [^>]*>\s*</g>\s*", "", svg)
    svg = re.sub(r"<filter.*?</filter>\s*", "", svg, flags=re.DOTALL)
    svg = re.sub(r"<tspan\s*>([^<]*)</tspan>", r"\1", svg)
    svg = re.sub(r"[ \t]+\n", "\n", svg)
    return re.sub(r"\n\s*\n+", "\n", svg)

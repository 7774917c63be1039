"""The exercises of the course: what they are, where each stands in the sources, and how its body is taken out.

The sources hold no markers. A body is found by the name of its rule or function, and ends where its braces close."""
import hashlib
import pathlib
import re

HERE = pathlib.Path(__file__).resolve().parent
ROOT = HERE.parent.parent
# Blank bodies use neither their parameters nor the helpers above them.
QUIET = '#pragma GCC diagnostic ignored "-Wunused-parameter"  // while a body is blank\n' \
        '#pragma GCC diagnostic ignored "-Wunused-function"\n'


class Exercise:
    def __init__(self, line):
        fields = [field.strip() for field in line.split(' | ')]
        if len(fields) != 7 or not all(fields[i] for i in (0, 1, 2, 3, 5, 6)):
            raise ValueError('an exercise has seven fields, and only "needs" may be empty: ' + line)
        self.name, self.file, self.what, self.grader, needs, points, self.hint = fields
        self.needs, self.points = needs.split(), int(points)

    def is_answer(self):
        return self.what == 'answer'

    def is_project(self):
        return self.what == 'project'

    def is_code(self):
        """Whether a body of the sources is taken out for it."""
        return not (self.is_answer() or self.is_project() or self.plant())

    def plant(self):
        """For "plant softplus 2": the exercise whose mistake is planted, and its number. Else None."""
        words = self.what.split()
        return (words[1], int(words[2])) if words[0] == 'plant' else None


def lines_of(name):
    """The lines of a list that say something."""
    text = (HERE / name).read_text()
    return [line for line in text.split('\n') if line.strip() and not line.startswith('#')]


def exercises():
    found = {}
    for line in lines_of('exercises'):
        exercise = Exercise(line.replace(' | | ', ' |  | '))
        if exercise.name in found:
            raise ValueError('two exercises are called ' + exercise.name)
        found[exercise.name] = exercise
    return found


def mistakes():
    """{exercise: [(what the diagnosis must say, [(from, to), ...]), ...]}"""
    found = {}
    for line in lines_of('mistakes'):
        name, says, edits = line.split(' | ', 2)
        pairs = [tuple(part.strip() for part in edit.split('=>')) for edit in edits.split(' // ')]
        found.setdefault(name.strip(), []).append((says.strip(), pairs))
    return found


def digest(name, answer):
    """What the list holds of an answer, so that it can be compared and not read."""
    return hashlib.sha256((name + ':' + re.sub(r'\s', '', answer).lower()).encode()).hexdigest()[:12]


# ----------------------------------------------------------------------------------------- finding a body
def closing(text, opening):
    """The place of the brace that closes the one at `opening`; strings, characters and comments are skipped."""
    depth, at = 0, opening
    skip = re.compile(r'//[^\n]*|/\*.*?\*/|"(?:\\.|[^"\\\n])*"|\'(?:\\.|[^\'\\\n])+\'', re.S)
    while at < len(text):
        skipped = skip.match(text, at)
        if skipped:
            at = skipped.end()
            continue
        depth += {'{': 1, '}': -1}.get(text[at], 0)
        if depth == 0:
            return at
        at += 1
    raise ValueError('a brace does not close')


def heads(text, what):
    """Where the definitions begin that `what` names, and where the search for their braces begins."""
    kind, name = what.split(' ', 1)
    if kind == 'rule':
        return [(m.start(), text.index(' backward(', m.start()))
                for m in re.finditer(r'^struct %s : Function \{$' % re.escape(name), text, re.M)]
    if kind == 'function':
        found = re.finditer(r'^(?!static_assert)\w[^\n;={}]*[ &*]%s\((?:[^;{}]|\{\})*\{' % re.escape(name), text, re.M)
        return [(m.start(), m.end() - 1) for m in found]
    if kind == 'block':
        return [(m.start(), m.end()) for m in re.finditer(re.escape(name), text)]
    raise ValueError('no way to find: ' + what)


def body(text, exercise):
    """(head, begin, end): where the definition begins, and the body between its braces."""
    found = heads(text, exercise.what)
    if len(found) != 1:
        raise ValueError('%s: "%s" stands %d times in %s, not once' %
                         (exercise.name, exercise.what, len(found), exercise.file))
    head, search = found[0]
    opening = text.index('{', search)
    return head, opening + 1, closing(text, opening)


def indented(text, begin):
    """The blanks before the line on which `begin` stands."""
    line = text[text.rfind('\n', 0, begin) + 1:begin]
    return line[:len(line) - len(line.lstrip())]


def blank(text, exercise):
    """The body replaced by a call that fails under the exercise's name."""
    head, begin, end = body(text, exercise)
    inner = indented(text, begin)
    return text[:begin] + '\n%s    fail("exercise %s", "your turn");\n%s' % (inner, exercise.name, inner) + text[end:]


def edited(old, edits):
    """All edits at once. Each must have something to edit."""
    for old_part, _ in edits:
        if old_part not in old:
            raise ValueError('nothing to edit: ' + old_part)
    new = dict(edits)
    return re.sub('|'.join(re.escape(part) for part in new), lambda match: new[match[0]], old)


def planted(text, exercise, edits):
    _, begin, end = body(text, exercise)
    return text[:begin] + edited(text[begin:end], edits) + text[end:]


# ----------------------------------------------------------------------------------------- LEVEL=derive
def without_formula(text, exercise):
    """The comment directly above loses what it says about derivatives: "dx = ..." up to the comment's end."""
    head, _, _ = body(text, exercise)
    above = text[:head].rstrip('\n').split('\n')
    first = len(above)
    while first > 0 and above[first - 1].startswith('//'):
        first -= 1
    kept = []
    for line in above[first:]:
        cut = re.search(r'\s{3,}d ?\w+(?:, \.*)?(?:, d\w+)*\s+=', line)
        if cut:
            if line[:cut.start()].strip('/ '):
                kept.append(line[:cut.start()])
            break
        kept.append(line)
    gap = text[len(text[:head].rstrip('\n')):head]
    return '\n'.join(above[:first] + kept) + gap + text[head:]


def without_giveaways(root, name):
    """Other lines that say the answer (examples/course/giveaways): "exercise | file | text of the line"."""
    for line in lines_of('giveaways'):
        of, file, told = line.split(' | ', 2)
        if of.strip() != name:
            continue
        path = root / file.strip()
        old = path.read_text().split('\n')
        if sum(told in each for each in old) != 1:
            raise ValueError('%s: not exactly one line of %s has: %s' % (name, file, told))
        path.write_text('\n'.join(each for each in old if told not in each))


# ----------------------------------------------------------------------------------------- a whole tree
def cut(root, names, level='translate'):
    """Takes the bodies out of the tree at `root`."""
    known, wrong = exercises(), mistakes() if (HERE / 'mistakes').exists() else {}
    quiet = set()
    for name in names:
        exercise = known[name]
        if exercise.is_answer() or exercise.is_project():
            continue
        path = root / exercise.file
        text = path.read_text()
        plant = exercise.plant()
        if plant:
            text = planted(text, known[plant[0]], wrong[plant[0]][plant[1] - 1][1])
        else:
            if level == 'derive':
                text = without_formula(text, exercise)
            text = blank(text, exercise)
            quiet.add(path)
        path.write_text(text)
        if level == 'derive' and not plant:
            without_giveaways(root, name)
    for path in quiet:
        path.write_text(QUIET + path.read_text())

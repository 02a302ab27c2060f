"""Grammars, compiled ahead: `NAME.lark` and `NAME.toml` to `NAME.json`. `python -m seqgen_code.grammar.compile`.

`NAME.toml`, which may be absent, says what a grammar without context cannot say:

    flags, start      the names of at most 8 flags; those that are set at the beginning
    [[effects]]       expects, set, clear, carry: where a rule of the name `expects` may begin, the flags change;
                      `carry` (from = "to") sets a flag if another was set before
    [[guards]]        rule, terminal, needs: that terminal in that rule needs those flags
    [[refusals]]      after, terminal: never that terminal directly behind that one
    [marks]           name = [rule, dot]: the states in which that rule may have come as far as `dot` symbols
"""

import json
import tomllib
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from seqgen.files import write_atomically
from seqgen_code.grammar.lalr import Item, Rules, State, broken, read

FOLDER = Path(__file__).parent
MOST_FLAGS = 8

Context = Mapping[str, Any]
Yield = tuple[int, ...]
"""Terminals."""
Yields = Mapping[int, Yield]


def compiled(grammar: str, context: Context | None = None) -> dict[str, Any]:
    """The tables of a grammar in lark's notation, whose first rule is `start`, as JSON values.

    Raises CheckFailed for a conflict, and for a context that does not fit the grammar.
    """
    given = context or {}
    rules, states = read(grammar)
    for each in given.get("refusals", []):
        _refuse(rules, states, each)
    guarded = _guarded(rules, given)
    yields = _yields(rules, guarded)
    return {
        "terminals": rules.terminals,
        "rules": rules.rules,
        "yields": [yields.get(len(rules.terminals) + number, ()) for number in range(len(rules.nonterminals))],
        **_rows(states),
        "kernels": [_ways_on(rules, state, yields=yields, guarded=guarded) for state in states],
        "flags": given.get("flags", []),
        "start": _bits(given, given.get("start", [])),
        "needs": [_need(rules, state, guarded) for state in states],
        **_effects(rules, states, given),
        "marks": {name: _marked(rules, states, spot) for name, spot in sorted(given.get("marks", {}).items())},
    }


def canonical(tables: Mapping[str, Any]) -> str:
    """A JSON object, one line a key."""
    lines = (f"{json.dumps(key)}:{json.dumps(tables[key], separators=(',', ':'))}" for key in tables)
    return "{" + ",\n".join(lines) + "}\n"


def names() -> list[str]:
    """The grammars that lie here."""
    return sorted(path.stem for path in FOLDER.glob("*.lark"))


def from_source(name: str) -> str:
    """What `NAME.json` must hold."""
    record = FOLDER / f"{name}.toml"
    context = tomllib.loads(record.read_text("utf-8")) if record.is_file() else {}
    return canonical(compiled((FOLDER / f"{name}.lark").read_text("utf-8"), context))


def main() -> None:
    """Compiles every grammar that lies here."""
    for name in names():
        write_atomically(FOLDER / f"{name}.json", from_source(name).encode())


def _bits(given: Context, flags: list[str]) -> int:
    known = given.get("flags", [])
    unknown = sorted(set(flags) - set(known))
    if unknown or len(known) > MOST_FLAGS:
        there = f"flags {known}, unknown ones {unknown}"
        raise broken(there, f"Name at most {MOST_FLAGS} flags, and use no others")
    return sum(1 << known.index(flag) for flag in flags)


def _refuse(rules: Rules, states: list[State], each: Context) -> None:
    after, terminal = rules.terminal(each["after"]), rules.terminal(each["terminal"])
    behind = {state.shifts[after] for state in states if after in state.shifts}
    found = [states[number].shifts.pop(terminal, None) for number in sorted(behind)]
    if not any(found):
        raise broken(f"nothing to refuse: {dict(each)}", "Take that refusal out")


def _guarded(rules: Rules, given: Context) -> dict[Item, int]:
    """The flags that are needed to read the symbol behind the dot of an item."""
    found: dict[Item, int] = {}
    for each in given.get("guards", []):
        terminal, need = rules.terminal(each["terminal"]), _bits(given, each["needs"])
        spots = {(rule, dot) for rule in rules.named(each["rule"]) for dot in _spots(rules, rule, terminal)}
        if not spots:
            raise broken(f"nothing to guard: {dict(each)}", "Name a rule that has the terminal")
        found |= dict.fromkeys(spots, need)
    return found


def _spots(rules: Rules, rule: int, symbol: int) -> list[int]:
    return [dot for dot, each in enumerate(rules.rules[rule][1]) if each == symbol]


def _need(rules: Rules, state: State, guarded: Mapping[Item, int]) -> int:
    """What it takes to enter a state: that of all of its items, which must agree."""
    needs = {guarded.get((rule, dot - 1), 0) for rule, dot in state.kernel}
    if len(needs) > 1:
        there = f"only some of these rules are guarded: {', '.join(rules.shown(rule) for rule, _ in state.kernel)}"
        raise broken(there, "Guard them all, or split the terminal's rules")
    return needs.pop() if needs else 0


def _effects(rules: Rules, states: list[State], given: Context) -> dict[str, Any]:
    """`changes`, of which each is set, clear and pairs to carry, and for each state the number of its change or -1."""
    changes: list[list[Any]] = []
    chosen = [-1] * len(states)
    for number, each in enumerate(given.get("effects", [])):
        _check_last(rules, each["expects"])
        carried = [[_bits(given, [old]), _bits(given, [new])] for old, new in sorted(each.get("carry", {}).items())]
        changes.append([_bits(given, each.get("set", [])), _bits(given, each.get("clear", [])), carried])
        for index in _expecting(rules, states, each["expects"]):
            if chosen[index] >= 0:
                raise broken(f"two effects in one state, one by {each['expects']!r}", "Split the rules")
            chosen[index] = number
    return {"changes": changes, "effects": chosen}


def _check_last(rules: Rules, name: str) -> None:
    """What stands behind it in a rule would be read with its flags."""
    symbol = rules.nonterminal(name)
    if any(symbol in right[:-1] for _, right in rules.rules):
        raise broken(f"{name!r} is not the last of its rule", "Give it a rule of its own that ends with it")


def _expecting(rules: Rules, states: list[State], name: str) -> list[int]:
    symbol = rules.nonterminal(name)
    return [i for i, state in enumerate(states) if any(rules.next(item) == symbol for item in state.closure)]


def _marked(rules: Rules, states: list[State], spot: list[Any]) -> list[int]:
    items = {(rule, spot[1]) for rule in rules.named(spot[0])}
    found = [number for number, state in enumerate(states) if items & state.closure]
    if not found:
        raise broken(f"no state for the mark {spot}", "Name a rule and a place in it")
    return found


def _yields(rules: Rules, guarded: Mapping[Item, int]) -> Yields:
    """For each symbol that has one a shortest yield without a guarded terminal; if several, one of known texts."""
    best: dict[int, Yield] = {symbol: (symbol,) for symbol in range(len(rules.terminals))}
    usable = [rule for number, rule in enumerate(rules.rules) if not any(item[0] == number for item in guarded)]
    changed = True
    while changed:
        changed = False
        for left, right in usable:
            if all(symbol in best for symbol in right):
                found = tuple(terminal for symbol in right for terminal in best[symbol])
                if left not in best or _rank(rules, found) < _rank(rules, best[left]):
                    best[left], changed = found, True
    return best


def _rank(rules: Rules, found: Yield) -> tuple[int, int, Yield]:
    return len(found), sum(symbol in rules.free for symbol in found), found


def _ways_on(rules: Rules, state: State, *, yields: Yields, guarded: Mapping[Item, int]) -> list[int]:
    """The items of a kernel whose rest can be read without flags: rule, dot, rule, dot ... There must be one."""
    found = [item for item in sorted(state.kernel) if _is_free(rules, item, yields=yields, guarded=guarded)]
    if state.kernel and not found:
        shown = ", ".join(rules.shown(rule) for rule, _ in sorted(state.kernel))
        raise broken(f"no way to the end without flags: {shown}", "Guard the first terminal of a rule")
    return [part for item in found for part in item]


def _is_free(rules: Rules, item: Item, *, yields: Yields, guarded: Mapping[Item, int]) -> bool:
    rule, dot = item
    rest = rules.rules[rule][1][dot:]
    return all((rule, spot) not in guarded and symbol in yields for spot, symbol in enumerate(rest, dot))


def _rows(states: list[State]) -> dict[str, Any]:
    """Each distinct row once, and of each state its two: of terminals with actions, of nonterminals with states."""
    actions, gotos = _Pool(), _Pool()
    chosen = [(actions.number(_actions(state)), gotos.number(list(_flat(state.gotos)))) for state in states]
    return {"actions": actions.rows, "gotos": gotos.rows, "states": chosen}


def _actions(state: State) -> list[int]:
    reduces = {terminal: -1 - rule for terminal, rule in state.reduces.items()}
    return list(_flat(state.shifts | reduces))


def _flat(row: Mapping[int, int]) -> Iterator[int]:
    for key in sorted(row):
        yield key
        yield row[key]


class _Pool:
    """Rows, each once."""

    def __init__(self) -> None:
        self.rows: list[list[int]] = []
        self._numbers: dict[tuple[int, ...], int] = {}

    def number(self, row: list[int]) -> int:
        key = tuple(row)
        if key not in self._numbers:
            self._numbers[key] = len(self.rows)
            self.rows.append(row)
        return self._numbers[key]


if __name__ == "__main__":
    main()

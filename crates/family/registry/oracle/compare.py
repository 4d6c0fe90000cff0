"""Compares our answers with OpenFisca-Japan, an independent implementation (AGPL: installed for this, nothing of it is copied).

    pip install openfisca-japan==2.2.0            # Python 3.9 to 3.11
    cargo build -p mamori-registry --example decide
    python crates/family/registry/oracle/compare.py <target>/debug/examples/decide [households]

Random households for the programmes that both decide; every difference is printed with its count and one example. What they
mean stands in docs/registry-differences.md.
"""

import datetime
import json
import random
import subprocess
import sys
from collections import Counter

from openfisca_core.simulation_builder import SimulationBuilder
from openfisca_japan import CountryTaxBenefitSystem

ON = "2025-12-01"
DAMAGE = {"無": "none", "全壊": "total", "解体": "demolished", "長期避難": "long_evacuation", "大規模半壊": "large_half", "中規模半壊": "mid_half"}
METHOD = {"無": "none", "建設または購入": "build", "補修": "repair", "賃借": "rent"}


def household(rng):
    first = datetime.date(1999, 1, 1)
    births = sorted(first + datetime.timedelta(days=rng.randrange(9_800)) for _ in range(rng.randrange(5)))
    return {
        "births": [str(day) for day in births],
        "parents": rng.choice([1, 2]),
        "damage": rng.choice(list(DAMAGE)),
        "method": rng.choice(list(METHOD)),
        "applies": rng.random() < 0.8,
        "goods": rng.random() < 0.4,
        "injured": rng.random() < 0.3,
        "income": rng.randrange(0, 9_000_000, 50_000),
        "breadwinner": rng.random() < 0.2,
        "deaths": rng.randrange(3),
    }


def theirs(homes):
    people, groups = {}, {}
    for n, home in enumerate(homes):
        parents = [f"{n}p{k}" for k in range(home["parents"])]
        children = [f"{n}c{k}" for k in range(len(home["births"]))]
        for k, name in enumerate(parents):
            people[name] = {"誕生年月日": {"ETERNITY": "1975-05-01"}, "所得": {ON: home["income"] if k == 0 else 0}}
        for name, birth in zip(children, home["births"]):
            people[name] = {"誕生年月日": {"ETERNITY": birth}, "所得": {ON: 0}}
        groups[str(n)] = {
            "親一覧": parents,
            "子一覧": children,
            "住宅被害": {ON: home["damage"]},
            "住宅再建方法": {ON: home["method"]},
            "災害救助法の適用地域である": {ON: home["applies"]},
            "被災者生活再建支援法の適用地域である": {ON: home["applies"]},
            "災害で生計維持者が死亡した": {ON: home["breadwinner"]},
            "災害で死亡した世帯員の人数": {ON: home["deaths"] + home["breadwinner"]},
        }
        if home["goods"]:
            groups[str(n)]["家財の損害"] = {ON: "三分の一以上"}
        if home["injured"]:
            people[parents[0]]["災害による負傷の療養期間"] = {ON: "一か月以上"}
    simulation = SimulationBuilder().build_from_entities(CountryTaxBenefitSystem(), {"世帯員": people, "世帯一覧": groups})
    names = {"child_allowance": "児童手当", "livelihood_recovery": "被災者生活再建支援制度", "relief_loan": "災害援護資金", "condolence_payment": "災害弔慰金"}
    return {key: [int(value) for value in simulation.calculate(name, ON)] for key, name in names.items()}


def profile(key, home):
    size = home["parents"] + len(home["births"])
    if key == "child_allowance":
        child = {"role": "child", "raised_here": True, "in_facility": False}
        return {"people": [{**child, "birth": birth} for birth in home["births"]], "complete": True}
    facts = {"household_size": size, "damage_grade": DAMAGE[home["damage"]], "rebuild_method": METHOD[home["method"]], "rebuilding_act_applied": home["applies"]}
    if key == "relief_loan":
        facts |= {"relief_act_in_prefecture": home["applies"], "head_injured_month": home["injured"], "goods_damage": home["goods"], "dwelling_lost": False, "household_income": home["income"]}
    if key == "condolence_payment":
        facts = {"condolence_act_applied": home["applies"], "breadwinner_died": home["breadwinner"], "other_deaths": home["deaths"]}
    return {"household": facts}


def ours(program, asked):
    lines = "\n".join(json.dumps({"key": key, "on": ON, "profile": profile(key, home)}) for key, home in asked)
    done = subprocess.run([program], input=lines + "\n", capture_output=True, text=True, check=True)
    return [json.loads(line) for line in done.stdout.splitlines()]


def why(key, home):
    """What a difference comes of, as docs/registry-differences.md explains it; a kind without words there is a fault."""
    births = [datetime.date.fromisoformat(day) for day in home["births"]]
    if key == "child_allowance" and any(datetime.date(2002, 12, 2) <= day <= datetime.date(2003, 4, 1) for day in births):
        return "a child of 22 after the 31 March"
    if key == "child_allowance" and any((day.year + 3, day.month) == (2025, 12) for day in births):
        return "the month of the third birthday"
    if key == "relief_loan" and home["damage"] == "全壊" and home["income"] < 12_700_000:
        return "全壊 and the income limit for a home that is lost"
    if key == "relief_loan" and home["damage"] in ("解体", "長期避難"):
        return home["damage"]
    size = home["parents"] + len(home["births"])
    limit = [0, 2_200_000, 4_300_000, 6_200_000, 7_300_000][min(size, 4)] + 300_000 * max(size - 4, 0)
    if key == "relief_loan" and home["income"] == limit:
        return "income exactly at the limit"
    return "not explained"


def main():
    program, count = sys.argv[1], int(sys.argv[2]) if len(sys.argv) > 2 else 2_000
    rng = random.Random(20261128)
    homes = [household(rng) for _ in range(count)]
    found = {}
    # In parts: building one large simulation takes quadratic time.
    for start in range(0, count, 2_000):
        for key, values in theirs(homes[start : start + 2_000]).items():
            found.setdefault(key, []).extend(values)
    asked = [(key, home) for key in found for home in homes]
    answers = ours(program, asked)
    wanted = [value for key in found for value in found[key]]
    same, kinds, examples = Counter(), Counter(), {}
    for (key, home), answer, want in zip(asked, answers, wanted):
        sums = [sum(one[end] for one in answer["amounts"]) for end in (0, 1)]
        if answer["verdict"] != "check" and sums[0] == sums[1] == want:
            same[key] += 1
            continue
        kind = (key, why(key, home))
        kinds[kind] += 1
        examples.setdefault(kind, (home, answer, want))
    for key in found:
        print(f"{key}: {same[key]} of {count} the same")
    for (key, kind), number in kinds.items():
        home, answer, want = examples[key, kind]
        print(f"{key}, {kind}: {number}, for example", json.dumps(home, ensure_ascii=False), json.dumps(answer), "theirs", want)


if __name__ == "__main__":
    main()

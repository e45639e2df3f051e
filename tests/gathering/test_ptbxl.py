from __future__ import annotations

import shutil
import time
from pathlib import Path

import numpy as np
import pytest

from einthoven.errors import CohortError, ConfigError
from einthoven.gathering import gather

from .conftest import Small


def test_the_folds_are_the_splits_and_the_labels_keep_their_likelihood(small: Small) -> None:
    cohort = gather("ptb-xl", small("ptb-xl", n=40))
    for name, folds in {"train": set("12345678"), "val": {"9"}, "test": {"10"}}.items():
        assert {study.extra["strat_fold"] for study in cohort.split(name)} <= folds
    study = cohort[0]
    assert study.labels
    assert study.report
    assert study.date is not None
    assert study.patient == "10001"


def test_both_rates_are_the_same_hearts(small: Small) -> None:
    fast, slow = (gather("ptb-xl", small("ptb-xl"), rate=rate)[0].recording for rate in (500, 100))
    assert (fast.fs, slow.fs, fast.seconds, slow.seconds) == (500, 100, 10, 10)
    assert np.corrcoef(fast.lead("II")[::5], slow.lead("II"))[0, 1] > 0.98


def test_another_rate_is_refused(small: Small) -> None:
    with pytest.raises(ConfigError, match=r"PTB-XL has files of 100 and of 500 Hz; rate=250 came"):
        gather("ptb-xl", small("ptb-xl"), rate=250)


def test_records_without_signal_files_are_left_out_and_counted(copied: Small) -> None:
    folder = copied("ptb-xl")
    (folder / "records500/00000/00002_hr.dat").unlink()
    (folder / "records500/00000/00007_hr.hea").unlink()
    cohort = gather("ptb-xl", folder)
    assert len(cohort) == 9
    assert cohort.notes == ("2 of 11 records were left out: no 500 Hz signal file; the first is 2",)
    assert len(gather("ptb-xl", folder, rate=100)) == 11


def test_a_folder_with_the_table_alone_is_refused(copied: Small) -> None:
    folder = copied("ptb-xl")
    for path in (folder / "records500").rglob("*.hea"):
        path.unlink()
    for _ in range(2):
        with pytest.raises(CohortError, match=r"none of the 11 records has its 500 Hz signal file below"):
            gather("ptb-xl", folder)
        shutil.rmtree(folder / "records500", ignore_errors=True)


def edited(folder: Path, old: str, new: str) -> Path:
    table = folder / "ptbxl_database.csv"
    text = table.read_text()
    assert old in text
    table.write_text(text.replace(old, new, 1))
    return folder


def test_a_table_without_a_column_is_refused(copied: Small) -> None:
    with pytest.raises(CohortError, match=r"strat_fold missing in .*Did you mean stratfold"):
        gather("ptb-xl", edited(copied("ptb-xl"), "strat_fold", "stratfold"))


def test_labels_that_cannot_be_read_are_refused_with_their_record(copied: Small) -> None:
    with pytest.raises(CohortError, match=r"scp_codes of ecg_id 1 in ptbxl_database.csv is none of these"):
        gather("ptb-xl", edited(copied("ptb-xl"), "\"{'", "\"{''"))


def test_a_path_out_of_the_folder_is_refused(copied: Small) -> None:
    with pytest.raises(CohortError, match=r"a table names files inside its own folder"):
        gather("ptb-xl", edited(copied("ptb-xl"), "records500/00000/00001_hr", "../../etc/passwd"))


def test_hidden_ages_become_ninety_and_sexes_are_as_documented(copied: Small) -> None:
    folder = copied("ptb-xl")
    table = folder / "ptbxl_database.csv"
    head, one, two, three, *rest = table.read_text().splitlines()

    def with_age_and_sex(line: str, age: str, sex: str) -> str:
        key, patient, _, _, *more = line.split(",")
        return ",".join([key, patient, age, sex, *more])

    lines = [
        head,
        with_age_and_sex(one, "300.0", "0"),
        with_age_and_sex(two, "89.0", "1"),
        with_age_and_sex(three, "", ""),
    ]
    table.write_text("\n".join([*lines, *rest]) + "\n")
    first, second, third = gather("ptb-xl", folder).studies[:3]
    assert (first.age, first.extra["age_over_89"], first.sex) == (90.0, True, "male")
    assert (second.age, second.sex, "age_over_89" in second.extra) == (89.0, "female", False)
    assert (third.age, third.sex) == (None, None)


def test_a_fold_that_is_none_is_in_no_split(copied: Small) -> None:
    folder = copied("ptb-xl")
    table = folder / "ptbxl_database.csv"
    lines = table.read_text().splitlines()
    for row, fold in ((1, ""), (2, "12"), (3, "ten")):
        head, _, low, high = lines[row].rsplit(",", 3)
        lines[row] = ",".join([head, fold, low, high])
    table.write_text("\n".join(lines) + "\n")
    cohort = gather("ptb-xl", folder)
    assert len(cohort) == 11
    assert sum(map(len, cohort.splits.values())) == 8


@pytest.mark.realdata
def test_real_records_are_gathered_whole(real: Path) -> None:
    cohort = gather("ptb-xl", real / "ptb-xl")
    assert {name: len(rows) for name, rows in cohort.splits.items()} == {"train": 276, "val": 70, "test": 54}
    assert not cohort.synthetic
    heights = {
        sex: [float(str(s.extra["height"])) for s in cohort if s.sex == sex and "height" in s.extra]
        for sex in ("male", "female")
    }
    assert np.median(heights["male"]) > np.median(heights["female"]) + 8, "0 is male"
    assert cohort[0].recording.leads[3:6] == ("aVR", "aVL", "aVF")


def test_twenty_thousand_rows_are_gathered_within_seconds(small: Small, tmp_path: Path) -> None:
    folder = tmp_path / "ptb-xl"
    (folder / "records500").mkdir(parents=True)
    head, one = (small("ptb-xl") / "ptbxl_database.csv").read_text().splitlines()[:2]
    tail = one.split(",", 1)[1].removesuffix(",records100/00000/00001_lr,records500/00000/00001_hr")
    rows = []
    for i in range(1, 20_001):
        where = f"records500/{i // 1000 * 1000:05d}/{i:05d}_hr"
        rows.append(f"{i},{tail},x,{where}")
        if i % 1000 in (0, 1):
            (folder / where).parent.mkdir(exist_ok=True)
        for suffix in ("hea", "dat"):
            (folder / f"{where}.{suffix}").touch()
    (folder / "ptbxl_database.csv").write_text("\n".join([head, *rows]) + "\n")
    start = time.process_time()
    cohort = gather("ptb-xl", folder)
    assert len(cohort) == 20_000
    assert time.process_time() - start < 4, "about 1 s on a free core"

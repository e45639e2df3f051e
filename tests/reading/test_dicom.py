from __future__ import annotations

import io
from collections.abc import Callable
from datetime import datetime
from pathlib import Path

import numpy as np
import pytest
from pydicom import Dataset, Sequence, dcmread, dcmwrite
from pydicom.dataset import FileMetaDataset
from pydicom.examples import get_path
from pydicom.uid import ExplicitVRLittleEndian

from einthoven.errors import ConfigError, HeaderError, LeadError, ReadError, TruncatedError
from einthoven.reading import read
from einthoven.recording import LEADS


def coded(value: str, scheme: str, meaning: str = "") -> Sequence:
    item = Dataset()
    item.CodeValue, item.CodingSchemeDesignator, item.CodeMeaning = value, scheme, meaning
    return Sequence([item])


def channel(source: Sequence | None = None, *, unit: str | None = "uV", step: float = 2.5, **fields: object) -> Dataset:
    made = Dataset()
    made.ChannelSourceSequence = source or coded("2:1", "MDC")
    made.ChannelSensitivity, made.ChannelSensitivityCorrectionFactor, made.ChannelBaseline = step, 1, 0
    if unit:
        made.ChannelSensitivityUnitsSequence = coded(unit, "UCUM")
    for name, value in fields.items():
        setattr(made, name, value)
    return made


def group(
    samples: np.ndarray, channels: list[Dataset], *, bits: int = 16, kind: str = "SS", fs: float = 500
) -> Dataset:
    made = Dataset()
    made.NumberOfWaveformSamples, made.NumberOfWaveformChannels = samples.shape
    made.SamplingFrequency, made.WaveformBitsAllocated, made.WaveformSampleInterpretation = fs, bits, kind
    made.ChannelDefinitionSequence = Sequence(channels)
    made.add_new(0x54001010, "OW" if bits > 8 else "OB", samples.tobytes())
    return made


@pytest.fixture
def dicom(tmp_path: Path) -> Callable[..., Path]:
    def make(*groups: Dataset, **fields: object) -> Path:
        dataset = Dataset()
        dataset.file_meta = FileMetaDataset()
        dataset.file_meta.TransferSyntaxUID = ExplicitVRLittleEndian
        dataset.SOPClassUID, dataset.SOPInstanceUID = "1.2.840.10008.5.1.4.1.1.9.1.1", "1.2.3"
        dataset.file_meta.MediaStorageSOPClassUID, dataset.file_meta.MediaStorageSOPInstanceUID = (
            dataset.SOPClassUID,
            "1.2.3",
        )
        dataset.PatientName = "CANARY"
        if groups:
            dataset.WaveformSequence = Sequence(groups)
        for name, value in fields.items():
            setattr(dataset, name, value)
        path = tmp_path / "ecg"
        dcmwrite(path, dataset, enforce_file_format=True)
        return path

    return make


WAVES = np.random.default_rng(0).integers(-400, 400, (1000, 2)).astype("<i2")
TWO = [channel(), channel(coded("5.6.3-9-2", "SCPECG"))]


def test_the_file_inside_pydicom_reads_as_pydicom_reads_it() -> None:
    ours, dataset = read(get_path("waveform")), dcmread(get_path("waveform"))
    np.testing.assert_allclose(ours.signal, dataset.waveform_array(0).T / 1000, atol=1e-6)
    assert ours.leads == LEADS
    assert (ours.fs, ours.samples, ours.format) == (1000, 10000, "dicom")
    assert ours.start == datetime(2013, 1, 25, 10, 59, 19)
    assert ours.warnings == (
        "waveform groups left out: 1 (such as the median beat; the one with most samples is read)",
    )
    native = ours.native
    np.testing.assert_allclose(
        (native.samples - native.baseline[:, None]) / native.gain[:, None], ours.signal, atol=1e-6
    )


def test_an_open_file_and_a_path_say_the_same() -> None:
    with Path(get_path("waveform")).open("rb") as file:
        assert np.array_equal(read(file).signal, read(get_path("waveform")).signal)


def test_the_longest_group_is_read_wherever_it_stands(dicom: Callable[..., Path]) -> None:
    ours = read(dicom(group(WAVES[:100], TWO), group(WAVES, TWO), group(WAVES[:50], TWO)))
    assert ours.samples == 1000
    assert any("waveform groups left out: 2" in doubt for doubt in ours.warnings)


@pytest.mark.parametrize(("unit", "factor"), [("uV", 1e-3), ("mV", 1.0), ("V", 1e3)])
def test_sensitivity_correction_baseline_and_unit_make_millivolts(
    dicom: Callable[..., Path], unit: str, factor: float
) -> None:
    one = channel(unit=unit, step=0.5, ChannelSensitivityCorrectionFactor=1.1, ChannelBaseline=3)
    path = dicom(group(WAVES, [one, TWO[1]]))
    np.testing.assert_allclose(read(path).signal[0], dcmread(path).waveform_array(0)[:, 0] * factor, rtol=1e-6)


def test_codes_come_before_words_and_words_before_labels(dicom: Callable[..., Path]) -> None:
    waves = np.hstack([WAVES, WAVES])
    channels = [
        channel(coded("2:62", "MDC", "Lead V1")),
        channel(coded("xyz", "99LOCAL", "Lead I (Einthoven)")),
        channel(coded("xyz", "99LOCAL"), ChannelLabel="V6"),
        channel(coded("xyz", "99LOCAL")),
    ]
    assert read(dicom(group(waves, channels))).leads == ("aVR", "I", "V6", "signal 3")


def test_unnamed_channels_may_be_named_by_the_caller(dicom: Callable[..., Path]) -> None:
    path = dicom(group(WAVES, [channel(coded("x", "y")), channel(coded("x", "y"))]))
    assert read(path, leads=["V1", "V2"]).leads == ("V1", "V2")
    with pytest.raises(LeadError, match="the names in a file are not overruled"):
        read(dicom(group(WAVES, TWO)), leads=["V1", "V2"])


def test_padding_becomes_nan(dicom: Callable[..., Path]) -> None:
    waves = WAVES.copy()
    waves[5:8, 1] = -32768
    made = group(waves, TWO)
    made.add_new(0x5400100A, "OW", b"\x00\x80")
    ours = read(dicom(made))
    assert np.flatnonzero(np.isnan(ours.signal[1])).tolist() == [5, 6, 7]
    assert not np.isnan(ours.signal[0]).any()


def test_what_is_no_voltage_and_what_is_late_is_said(dicom: Callable[..., Path]) -> None:
    channels = [TWO[0], channel(coded("5.6.3-9-2", "SCPECG"), unit="mm[Hg]", ChannelTimeSkew="0.002")]
    ours = read(dicom(group(WAVES, channels)))
    assert (
        "II: not a voltage: its samples stay in the unit of the file; leave it out with recording.select"
        in ours.warnings
    )
    assert "II: measured somewhat later than the others (channel skew), which is not corrected" in ours.warnings
    np.testing.assert_allclose(ours.signal[1], WAVES[:, 1] * 2.5)


def test_a_unit_that_the_file_lacks_comes_from_the_caller(dicom: Callable[..., Path]) -> None:
    path = dicom(group(WAVES, [channel(unit=None), channel(coded("2:2", "MDC"), unit=None)]))
    with pytest.raises(
        HeaderError, match=r"a channel says in which unit it is measured; channel 1 does not. Pass unit='uV'"
    ):
        read(path)
    np.testing.assert_allclose(read(path, unit="uV").signal, WAVES.T * 2.5e-3, rtol=1e-6)
    with pytest.raises(ConfigError, match="a unit of samples is a voltage; unit='mmHg' came"):
        read(path, unit="mmHg")
    with pytest.raises(ReadError, match="what a file says of itself is not overruled; unit='mV' was asked"):
        read(dicom(group(WAVES, TWO)), unit="mV")


def test_a_rate_that_differs_is_not_overruled(dicom: Callable[..., Path]) -> None:
    with pytest.raises(ReadError, match="fs=250 was asked of a file that says 500 Hz"):
        read(dicom(group(WAVES, TWO)), fs=250)


def test_eight_bits_are_read(dicom: Callable[..., Path]) -> None:
    waves = (WAVES // 4).astype(np.int8)
    assert np.array_equal(read(dicom(group(waves, TWO, bits=8, kind="SB"))).native.samples, waves.T)


@pytest.mark.parametrize(
    ("moment", "start"),
    [
        ("20200131235958.250000+0100", datetime(2020, 1, 31, 23, 59, 58, 250000)),
        ("20200131", datetime(2020, 1, 31)),
        ("", None),
    ],
)
def test_the_start_is_the_acquisition(dicom: Callable[..., Path], moment: str, start: datetime | None) -> None:
    assert read(dicom(group(WAVES, TWO), AcquisitionDateTime=moment)).start == start


def test_an_object_without_waveform_is_refused(dicom: Callable[..., Path]) -> None:
    with pytest.raises(HeaderError) as caught:
        read(dicom())
    assert str(caught.value) == (
        "an ECG in DICOM has a waveform; an object without one came. Export the ECG as a waveform object, not as a "
        "picture or a PDF. See docs/reading.md."
    )


def broken(part: str) -> Dataset:
    made = group(WAVES, TWO)
    if part == "data":
        made.add_new(0x54001010, "OW", WAVES.tobytes()[:-2])
    elif part == "channels":
        made.ChannelDefinitionSequence = Sequence(TWO[:1])
    elif part == "kind":
        made.WaveformSampleInterpretation = "MB"
    else:
        del made[part]
    return made


@pytest.mark.parametrize(
    ("part", "error", "said"),
    [
        ("data", TruncatedError, "a waveform holds as many samples as it promises; expected 4000 bytes, got 3998"),
        ("channels", HeaderError, "a waveform defines each of its channels; 2 were promised and 1 came"),
        ("kind", HeaderError, "a waveform says how it is to be read; one that breaks the standard came (KeyError)"),
        ("WaveformData", HeaderError, "one that breaks the standard came (AttributeError)"),
        ("NumberOfWaveformSamples", HeaderError, "one that breaks the standard came (AttributeError)"),
    ],
)
def test_a_waveform_that_breaks_the_standard_says_how(
    dicom: Callable[..., Path], part: str, error: type[Exception], said: str
) -> None:
    with pytest.raises(error) as caught:
        read(dicom(broken(part)))
    assert said in str(caught.value)
    assert "CANARY" not in str(caught.value)


@pytest.mark.parametrize("cut", [140, 400, 2000])
def test_a_file_cut_short_is_an_error_of_ours(cut: int) -> None:
    data = Path(get_path("waveform")).read_bytes()[:cut]
    with pytest.raises(ReadError):
        read(io.BytesIO(data))


def test_a_data_set_without_preamble_is_recognised(dicom: Callable[..., Path]) -> None:
    data = dicom(group(WAVES, TWO)).read_bytes()
    assert read(io.BytesIO(data[132:])).samples == 1000

"""Who issues passports, and whose national a person is: ISO 3166-1 alpha-3 as ICAO Doc 9303 part 3 §5 uses and extends it.

Written from the two standards. A state that gets a code, or an organisation, is added here; until then its passports are
refused, and the person comes to the hall.
"""

from realnames.identifiers.normalisation import LONGEST_INPUT, normalise_number
from realnames.identifiers.refusal import IdentifierRefused, Reason

_STATES = frozenset({
    "ABW", "AFG", "AGO", "AIA", "ALA", "ALB", "AND", "ARE", "ARG", "ARM", "ASM", "ATA", "ATF", "ATG", "AUS", "AUT", "AZE",
    "BDI", "BEL", "BEN", "BES", "BFA", "BGD", "BGR", "BHR", "BHS", "BIH", "BLM", "BLR", "BLZ", "BMU", "BOL", "BRA", "BRB",
    "BRN", "BTN", "BVT", "BWA", "CAF", "CAN", "CCK", "CHE", "CHL", "CHN", "CIV", "CMR", "COD", "COG", "COK", "COL", "COM",
    "CPV", "CRI", "CUB", "CUW", "CXR", "CYM", "CYP", "CZE", "DEU", "DJI", "DMA", "DNK", "DOM", "DZA", "ECU", "EGY", "ERI",
    "ESH", "ESP", "EST", "ETH", "FIN", "FJI", "FLK", "FRA", "FRO", "FSM", "GAB", "GBR", "GEO", "GGY", "GHA", "GIB", "GIN",
    "GLP", "GMB", "GNB", "GNQ", "GRC", "GRD", "GRL", "GTM", "GUF", "GUM", "GUY", "HKG", "HMD", "HND", "HRV", "HTI", "HUN",
    "IDN", "IMN", "IND", "IOT", "IRL", "IRN", "IRQ", "ISL", "ISR", "ITA", "JAM", "JEY", "JOR", "JPN", "KAZ", "KEN", "KGZ",
    "KHM", "KIR", "KNA", "KOR", "KWT", "LAO", "LBN", "LBR", "LBY", "LCA", "LIE", "LKA", "LSO", "LTU", "LUX", "LVA", "MAC",
    "MAF", "MAR", "MCO", "MDA", "MDG", "MDV", "MEX", "MHL", "MKD", "MLI", "MLT", "MMR", "MNE", "MNG", "MNP", "MOZ", "MRT",
    "MSR", "MTQ", "MUS", "MWI", "MYS", "MYT", "NAM", "NCL", "NER", "NFK", "NGA", "NIC", "NIU", "NLD", "NOR", "NPL", "NRU",
    "NZL", "OMN", "PAK", "PAN", "PCN", "PER", "PHL", "PLW", "PNG", "POL", "PRI", "PRK", "PRT", "PRY", "PSE", "PYF", "QAT",
    "REU", "ROU", "RUS", "RWA", "SAU", "SDN", "SEN", "SGP", "SGS", "SHN", "SJM", "SLB", "SLE", "SLV", "SMR", "SOM", "SPM",
    "SRB", "SSD", "STP", "SUR", "SVK", "SVN", "SWE", "SWZ", "SXM", "SYC", "SYR", "TCA", "TCD", "TGO", "THA", "TJK", "TKL",
    "TKM", "TLS", "TON", "TTO", "TUN", "TUR", "TUV", "TWN", "TZA", "UGA", "UKR", "UMI", "URY", "USA", "UZB", "VAT", "VCT",
    "VEN", "VGB", "VIR", "VNM", "VUT", "WLF", "WSM", "YEM", "ZAF", "ZMB", "ZWE",
})  # fmt: skip
_OF_BRITISH_PASSPORTS = frozenset({"GBD", "GBN", "GBO", "GBP", "GBS"})
_ORGANIZATIONS = frozenset({
    "EUE", "UNA", "UNK", "UNO", "XBA", "XCC", "XCE", "XCO", "XDC", "XEC", "XES", "XIM", "XMP", "XOM", "XPO",
})  # fmt: skip
_WITHOUT_NATIONALITY = frozenset({"XXA", "XXB", "XXC", "XXX"})
"""Stateless persons, refugees of the Convention of 1951, other refugees, and who did not say: nobody's issuer."""
_UTOPIA = "UTO"
"""The state of ICAO's own specimens, whose nationals live in the sandbox alone."""
_ISSUERS = _STATES | _OF_BRITISH_PASSPORTS | _ORGANIZATIONS
_GERMANY = {"D": "DEU"}
"""As its passports write it, and as ISO 3166-1 does; one of them is canonical, so that a passport has one spelling."""


def parse_issuing_state(text: str, *, sandbox: bool = False) -> str:
    """The canonical code, three letters, of the state or organisation that a passport names as its issuer.

    Args:
        text: what was typed or read; may be anything.
        sandbox: accept Utopia.

    Raises:
        IdentifierRefused: `region`.
    """
    return _known(text, _ISSUERS, sandbox=sandbox)


def parse_nationality(text: str, *, sandbox: bool = False) -> str:
    """The same of a person, who may have none: `XXA`, `XXB`, `XXC`, `XXX`.

    Raises:
        IdentifierRefused: `region`.
    """
    return _known(text, _ISSUERS | _WITHOUT_NATIONALITY, sandbox=sandbox)


def _known(text: str, codes: frozenset[str], *, sandbox: bool) -> str:
    typed = normalise_number(text) if len(text) <= LONGEST_INPUT else ""
    code = _GERMANY.get(typed, typed)
    if code in codes or (sandbox and code == _UTOPIA):
        return code
    raise IdentifierRefused(Reason.REGION)

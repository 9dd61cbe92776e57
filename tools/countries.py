"""Which state a code names: ISO 3166-1 in either length, and the codes that documents have beside it. Data alone.

Columns of countries come in any of these, in either case, so that queries compare states and never letters. A cell that
is none of them names no state that anybody could hold against another: a country is then unknown, not a different one.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from types import MappingProxyType

OFFICIAL = """
ABW=AW AFG=AF AGO=AO AIA=AI ALA=AX ALB=AL AND=AD ARE=AE ARG=AR ARM=AM ASM=AS ATA=AQ ATF=TF ATG=AG AUS=AU AUT=AT
AZE=AZ BDI=BI BEL=BE BEN=BJ BES=BQ BFA=BF BGD=BD BGR=BG BHR=BH BHS=BS BIH=BA BLM=BL BLR=BY BLZ=BZ BMU=BM BOL=BO
BRA=BR BRB=BB BRN=BN BTN=BT BVT=BV BWA=BW CAF=CF CAN=CA CCK=CC CHE=CH CHL=CL CHN=CN CIV=CI CMR=CM COD=CD COG=CG
COK=CK COL=CO COM=KM CPV=CV CRI=CR CUB=CU CUW=CW CXR=CX CYM=KY CYP=CY CZE=CZ DEU=DE,D DJI=DJ DMA=DM DNK=DK DOM=DO
DZA=DZ ECU=EC EGY=EG ERI=ER ESH=EH ESP=ES EST=EE ETH=ET FIN=FI FJI=FJ FLK=FK FRA=FR FRO=FO FSM=FM GAB=GA
GBR=GB,UK,GBD,GBN,GBO,GBP,GBS GEO=GE GGY=GG GHA=GH GIB=GI GIN=GN GLP=GP GMB=GM GNB=GW GNQ=GQ GRC=GR,EL GRD=GD GRL=GL
GTM=GT GUF=GF GUM=GU GUY=GY HKG=HK HMD=HM HND=HN HRV=HR HTI=HT HUN=HU IDN=ID IMN=IM IND=IN IOT=IO IRL=IE IRN=IR
IRQ=IQ ISL=IS ISR=IL ITA=IT JAM=JM JEY=JE JOR=JO JPN=JP KAZ=KZ KEN=KE KGZ=KG KHM=KH KIR=KI KNA=KN KOR=KR KWT=KW
LAO=LA LBN=LB LBR=LR LBY=LY LCA=LC LIE=LI LKA=LK LSO=LS LTU=LT LUX=LU LVA=LV MAC=MO MAF=MF MAR=MA MCO=MC MDA=MD
MDG=MG MDV=MV MEX=MX MHL=MH MKD=MK MLI=ML MLT=MT MMR=MM MNE=ME MNG=MN MNP=MP MOZ=MZ MRT=MR MSR=MS MTQ=MQ MUS=MU
MWI=MW MYS=MY MYT=YT NAM=NA NCL=NC NER=NE NFK=NF NGA=NG NIC=NI NIU=NU NLD=NL NOR=NO NPL=NP NRU=NR NZL=NZ OMN=OM
PAK=PK PAN=PA PCN=PN PER=PE PHL=PH PLW=PW PNG=PG POL=PL PRI=PR PRK=KP PRT=PT PRY=PY PSE=PS PYF=PF QAT=QA REU=RE
ROU=RO RUS=RU RWA=RW SAU=SA SDN=SD SEN=SN SGP=SG SGS=GS SHN=SH SJM=SJ SLB=SB SLE=SL SLV=SV SMR=SM SOM=SO SPM=PM
SRB=RS SSD=SS STP=ST SUR=SR SVK=SK SVN=SI SWE=SE SWZ=SZ SXM=SX SYC=SC SYR=SY TCA=TC TCD=TD TGO=TG THA=TH TJK=TJ
TKL=TK TKM=TM TLS=TL TON=TO TTO=TT TUN=TN TUR=TR TUV=TV TWN=TW TZA=TZ UGA=UG UKR=UA UMI=UM URY=UY USA=US UZB=UZ
VAT=VA VCT=VC VEN=VE VGB=VG VIR=VI VNM=VN VUT=VU WLF=WF WSM=WS XKX=XK,RKS YEM=YE ZAF=ZA ZMB=ZM ZWE=ZW
"""
"""The alpha-3 code of each state or territory (ISO 3166-1, 249 of them, and Kosovo) and what else stands for it: its
alpha-2 code, codes of machine-readable zones (ICAO 9303 part 3: D, GBD), UK and EL."""
LEGEND = "UTO XAG XAN XAT XAV XCL XCO XED XHY XIR XIY XKI XLY XOP XPE XSA XTH XVI XYS"
"""States that specimens and simulated documents are of."""
STATELESS = "EUE UNA UNK UNO XBA XCC XCE XDC XEC XES XIM XMP XOM XPO XXA XXB XXC XXX"
"""Codes of ICAO 9303 part 3 for holders whose state is not told: of organisations, stateless persons, refugees."""


@cache
def states() -> Mapping[str, str]:
    """The state, as its alpha-3 code, by each code in capitals that names one."""
    entries = [entry.partition("=") for entry in OFFICIAL.split()]
    codes = {code: state for state, _, others in entries for code in (state, *others.split(","))}
    return MappingProxyType(codes | {code: code for code in LEGEND.split()})


@cache
def known() -> tuple[str, ...]:
    """Every code, in capitals, that a column of countries may hold."""
    return tuple(sorted({*states(), *STATELESS.split()}))


@cache
def listed_states() -> str:
    """`states` in one text, for a query to look a code up in: ` AD=AND AE=ARE `, each between blanks."""
    return f" {' '.join(f'{code}={state}' for code, state in states().items())} "

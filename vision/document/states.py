"""The words in which documents print a nationality: a table for `vision.document.nationality`. Data alone.

One state a line: its codes in ISO 3166-1 (alpha-3, alpha-2), other codes that zones have for it after ICAO 9303 part 3
behind a `+`, then its names and what its citizens are called, in English and, where they are in Latin letters, in its
own languages. A word of several states stands at each of them.
"""

from __future__ import annotations

STATES = """
AFG AF: Afghanistan, Afghan
AGO AO: Angola, Angolan, Angolana, Angolano
ALB AL: Albania, Albanian, Shqiperia, Shqiptare, Shqiptar
AND AD: Andorra, Andorran, Andorrana, Andorra
ARE AE: United Arab Emirates, Emirati, UAE
ARG AR: Argentina, Argentine, Argentinian, Argentino
ARM AM: Armenia, Armenian
ATG AG: Antigua and Barbuda, Antiguan, Citizen of Antigua and Barbuda
AUS AU: Australia, Australian
AUT AT: Austria, Austrian, Oesterreich, Österreich, Österreicher, Österreicherin, Österreichisch
AZE AZ: Azerbaijan, Azerbaijani, Azerbaycan, Azərbaycan
BDI BI: Burundi, Burundian, Burundaise, Burundais
BEL BE: Belgium, Belgian, Belgique, Belge, België, Belg, Belgische, Belgien, Belgisch, Belgier
BEN BJ: Benin, Beninese, Béninoise, Béninois
BFA BF: Burkina Faso, Burkinabe, Burkinabè
BGD BD: Bangladesh, Bangladeshi
BGR BG: Bulgaria, Bulgarian
BHR BH: Bahrain, Bahraini
BHS BS: Bahamas, Bahamian
BIH BA: Bosnia and Herzegovina, Bosna i Hercegovina, Bosnian, BiH
BLR BY: Belarus, Belarusian
BLZ BZ: Belize, Belizean
BOL BO: Bolivia, Bolivian, Boliviana, Boliviano
BRA BR: Brazil, Brazilian, Brasil, Brasileira, Brasileiro
BRB BB: Barbados, Barbadian
BRN BN: Brunei, Brunei Darussalam, Bruneian
BTN BT: Bhutan, Bhutanese
BWA BW: Botswana, Motswana, Batswana
CAF CF: Central African Republic, Central African, République Centrafricaine, Centrafricaine, Centrafricain
CAN CA: Canada, Canadian, Canadienne, Canadien
CHE CH: Switzerland, Swiss, Schweiz, Schweizer, Schweizerin, Suisse, Svizzera, Svizzero, Svizra
CHL CL: Chile, Chilean, Chilena, Chileno
CHN CN: China, Chinese, People's Republic of China
CIV CI: Ivory Coast, Ivorian, Côte d'Ivoire, Ivoirienne, Ivoirien
CMR CM: Cameroon, Cameroonian, Cameroun, Camerounaise, Camerounais
COD CD: Democratic Republic of the Congo, Congo, Congolese, Congolaise, Congolais
COG CG: Republic of the Congo, Congo, Congolese, Congolaise, Congolais
COL CO: Colombia, Colombian, Colombiana, Colombiano
COM KM: Comoros, Comorian, Comores, Comorienne, Comorien
CPV CV: Cape Verde, Cabo Verde, Cape Verdean, Cabo-Verdiana, Caboverdiana, Cabo-Verdiano, Caboverdiano
CRI CR: Costa Rica, Costa Rican, Costarricense
CUB CU: Cuba, Cuban, Cubana, Cubano
CYP CY: Cyprus, Cypriot, Kypros, Kypriaki
CZE CZ: Czech Republic, Czechia, Czech, Česká republika, Česko, České republiky
DEU DE+D: Germany, German, Deutschland, Deutsch, Deutsche, Deutscher
DJI DJ: Djibouti, Djiboutian, Djiboutienne, Djiboutien
DMA DM: Dominica, Dominican
DNK DK: Denmark, Danish, Dane, Danmark, Dansk
DOM DO: Dominican Republic, Dominican, República Dominicana, Dominicana, Dominicano
DZA DZ: Algeria, Algerian, Algérie, Algérienne, Algérien
ECU EC: Ecuador, Ecuadorian, Ecuatoriana, Ecuatoriano
EGY EG: Egypt, Egyptian
ERI ER: Eritrea, Eritrean
ESP ES: Spain, Spanish, Spaniard, España, Española, Español, Espanya, Espanyola, Espanyol
EST EE: Estonia, Estonian, Eesti
ETH ET: Ethiopia, Ethiopian
FIN FI: Finland, Finnish, Suomi, Suomen, Suomalainen, Finsk, Finländsk
FJI FJ: Fiji, Fijian
FRA FR: France, French, Française, Français
FSM FM: Micronesia, Micronesian
GAB GA: Gabon, Gabonese, Gabonaise, Gabonais
GBR GB+GBD+GBN+GBO+GBP+GBS: United Kingdom, Great Britain, British, British Citizen, British Subject,
    British National (Overseas), British Overseas Citizen, British Overseas Territories Citizen, Briton
GEO GE: Georgia, Georgian
GHA GH: Ghana, Ghanaian
GIN GN: Guinea, Guinean, Guinée, Guinéenne, Guinéen
GMB GM: Gambia, Gambian
GNB GW: Guinea-Bissau, Bissau-Guinean, Guiné-Bissau, Guineense
GNQ GQ: Equatorial Guinea, Equatorial Guinean, Guinea Ecuatorial, Ecuatoguineana, Ecuatoguineano
GRC GR: Greece, Greek, Hellenic, Hellenic Republic, Ellada, Elliniki
GRD GD: Grenada, Grenadian
GTM GT: Guatemala, Guatemalan, Guatemalteca, Guatemalteco
GUY GY: Guyana, Guyanese
HKG HK: Hong Kong, Hong Kong SAR, Chinese
HND HN: Honduras, Honduran, Hondureña, Hondureño
HRV HR: Croatia, Croatian, Hrvatska, Hrvatsko, Hrvatsko državljanstvo
HTI HT: Haiti, Haitian, Haïti, Haïtienne, Haïtien
HUN HU: Hungary, Hungarian, Magyar, Magyarország
IDN ID: Indonesia, Indonesian, WNI
IND IN: India, Indian, Bharat
IRL IE: Ireland, Irish, Éire, Éireannach
IRN IR: Iran, Iranian, Islamic Republic of Iran
IRQ IQ: Iraq, Iraqi
ISL IS: Iceland, Icelandic, Ísland, Íslensk, Íslenskt, Íslenskur
ISR IL: Israel, Israeli
ITA IT: Italy, Italian, Italia, Italiana, Italiano
JAM JM: Jamaica, Jamaican
JOR JO: Jordan, Jordanian
JPN JP: Japan, Japanese
KAZ KZ: Kazakhstan, Kazakhstani, Kazakh, Qazaqstan
KEN KE: Kenya, Kenyan
KGZ KG: Kyrgyzstan, Kyrgyz Republic, Kyrgyz
KHM KH: Cambodia, Cambodian, Khmer
KIR KI: Kiribati, I-Kiribati
KNA KN: Saint Kitts and Nevis, St Kitts and Nevis, Kittitian, Citizen of St Kitts and Nevis
KOR KR: South Korea, Republic of Korea, Korea, Korean, South Korean
KWT KW: Kuwait, Kuwaiti
LAO LA: Laos, Lao, Laotian, Lao PDR
LBN LB: Lebanon, Lebanese, Liban, Libanaise, Libanais
LBR LR: Liberia, Liberian
LBY LY: Libya, Libyan
LCA LC: Saint Lucia, St Lucia, Saint Lucian, St Lucian
LIE LI: Liechtenstein, Liechtensteiner, Liechtensteinerin
LKA LK: Sri Lanka, Sri Lankan
LSO LS: Lesotho, Mosotho, Basotho
LTU LT: Lithuania, Lithuanian, Lietuva, Lietuvos, Lietuvos Respublikos
LUX LU: Luxembourg, Luxembourgish, Luxembourger, Luxembourgeoise, Luxembourgeois, Luxemburg, Luxemburger, Lëtzebuerg
LVA LV: Latvia, Latvian, Latvija, Latvijas
MAC MO: Macao, Macau, Chinese
MAR MA: Morocco, Moroccan, Maroc, Marocaine, Marocain
MCO MC: Monaco, Monegasque, Monégasque
MDA MD: Moldova, Moldovan, Republica Moldova, Moldovenească
MDG MG: Madagascar, Malagasy, Malgache
MDV MV: Maldives, Maldivian
MEX MX: Mexico, Mexican, México, Mexicana, Mexicano
MHL MH: Marshall Islands, Marshallese
MKD MK: North Macedonia, Macedonia, Macedonian, Severna Makedonija
MLI ML: Mali, Malian, Malienne, Malien
MLT MT: Malta, Maltese, Maltija
MMR MM: Myanmar, Burma, Burmese
MNE ME: Montenegro, Montenegrin, Crna Gora, Crnogorsko
MNG MN: Mongolia, Mongolian
MOZ MZ: Mozambique, Mozambican, Moçambique, Moçambicana, Moçambicano
MRT MR: Mauritania, Mauritanian, Mauritanie, Mauritanienne, Mauritanien
MUS MU: Mauritius, Mauritian
MWI MW: Malawi, Malawian
MYS MY: Malaysia, Malaysian, Warganegara Malaysia
NAM NA: Namibia, Namibian
NER NE: Niger, Nigerien, Nigérienne, Nigérien
NGA NG: Nigeria, Nigerian
NIC NI: Nicaragua, Nicaraguan, Nicaragüense
NLD NL: Netherlands, Dutch, Nederland, Nederlandse, Nederlander
NOR NO: Norway, Norwegian, Norge, Norsk, Noreg
NPL NP: Nepal, Nepali, Nepalese
NRU NR: Nauru, Nauruan
NZL NZ: New Zealand, New Zealander, Aotearoa
OMN OM: Oman, Omani
PAK PK: Pakistan, Pakistani
PAN PA: Panama, Panamanian, Panameña, Panameño
PER PE: Peru, Peruvian, Perú, Peruana, Peruano
PHL PH: Philippines, Filipino, Filipina, Philippine, Pilipinas, Pilipino
PLW PW: Palau, Palauan
PNG PG: Papua New Guinea, Papua New Guinean
POL PL: Poland, Polish, Polska, Polskie, Polski
PRK KP: North Korea, Democratic People's Republic of Korea, Korean, North Korean
PRT PT: Portugal, Portuguese, Portuguesa, Português
PRY PY: Paraguay, Paraguayan, Paraguaya, Paraguayo
PSE PS: Palestine, Palestinian
QAT QA: Qatar, Qatari
ROU RO: Romania, Romanian, România, Română, Român
RUS RU: Russia, Russian Federation, Russian, Rossiya, Rossiyskaya Federatsiya
RWA RW: Rwanda, Rwandan, Rwandaise, Rwandais
SAU SA: Saudi Arabia, Saudi, Saudi Arabian
SDN SD: Sudan, Sudanese
SEN SN: Senegal, Senegalese, Sénégal, Sénégalaise, Sénégalais
SGP SG: Singapore, Singaporean, Singapore Citizen
SLB SB: Solomon Islands, Solomon Islander
SLE SL: Sierra Leone, Sierra Leonean
SLV SV: El Salvador, Salvadoran, Salvadorean, Salvadoreña, Salvadoreño
SMR SM: San Marino, Sammarinese
SOM SO: Somalia, Somali
SRB RS: Serbia, Serbian, Srbija, Republika Srbija, Srpsko, Državljanin Republike Srbije
SSD SS: South Sudan, South Sudanese
STP ST: Sao Tome and Principe, São Tomé e Príncipe, Santomean, Santomense, São-Tomense
SUR SR: Suriname, Surinamese, Surinaamse
SVK SK: Slovakia, Slovak Republic, Slovak, Slovenská republika, Slovensko, Slovenskej republiky
SVN SI: Slovenia, Slovenian, Slovene, Slovenija, Slovensko, Slovenska
SWE SE: Sweden, Swedish, Swede, Sverige, Svensk
SWZ SZ: Eswatini, Swaziland, Swazi
SYC SC: Seychelles, Seychellois, Seychelloise
SYR SY: Syria, Syrian, Syrian Arab Republic
TCD TD: Chad, Chadian, Tchad, Tchadienne, Tchadien
TGO TG: Togo, Togolese, Togolaise, Togolais
THA TH: Thailand, Thai
TJK TJ: Tajikistan, Tajik, Tajikistani
TKM TM: Turkmenistan, Turkmen, Türkmenistan
TLS TL: Timor-Leste, East Timor, Timorese
TON TO: Tonga, Tongan
TTO TT: Trinidad and Tobago, Trinidadian, Tobagonian, Citizen of Trinidad and Tobago
TUN TN: Tunisia, Tunisian, Tunisie, Tunisienne, Tunisien
TUR TR: Turkey, Türkiye, Turkish, Türk, T.C.
TUV TV: Tuvalu, Tuvaluan
TWN TW: Taiwan, Taiwanese, Republic of China, Chinese
TZA TZ: Tanzania, Tanzanian, Mtanzania
UGA UG: Uganda, Ugandan
UKR UA: Ukraine, Ukrainian, Ukraina
URY UY: Uruguay, Uruguayan, Uruguaya, Uruguayo
USA US: United States of America, United States, American, USA, U.S. Citizen
UZB UZ: Uzbekistan, Uzbek, Uzbekistani, O'zbekiston
VAT VA: Vatican City, Holy See, Vatican, Città del Vaticano, Vaticana
VCT VC: Saint Vincent and the Grenadines, St Vincent and the Grenadines, Vincentian
VEN VE: Venezuela, Venezuelan, Venezolana, Venezolano
VNM VN: Vietnam, Viet Nam, Vietnamese, Việt Nam
VUT VU: Vanuatu, Ni-Vanuatu
WSM WS: Samoa, Samoan
XKX XK+RKS: Kosovo, Kosovar, Kosova
YEM YE: Yemen, Yemeni
ZAF ZA: South Africa, South African, Suid-Afrika, Suid-Afrikaanse
ZMB ZM: Zambia, Zambian
ZWE ZW: Zimbabwe, Zimbabwean
"""

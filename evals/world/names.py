"""Where the simulated people come from: names in Latin letters, cities, and the spellings one name can have."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class City:
    """A place logins come from; latitude and longitude in degrees."""

    name: str
    country: str
    latitude: float
    longitude: float


@dataclass(frozen=True)
class Country:
    """One origin: ISO 3166-1 alpha-3 code, how many customers come from it, and what they are called."""

    code: str
    share: float
    dial: str
    street: str
    cities: tuple[City, ...]
    female: tuple[str, ...]
    male: tuple[str, ...]
    surnames: tuple[str, ...]


def _country(
    code: str, share: float, dial: str, street: str, cities: str, female: str, male: str, surnames: str
) -> Country:
    places = (entry.split(":") for entry in cities.split())
    return Country(
        code,
        share,
        dial,
        street,
        tuple(City(name.replace("_", " "), code, float(north), float(east)) for name, north, east in places),
        tuple(female.split()),
        tuple(male.split()),
        tuple(surnames.split()),
    )


COUNTRIES: tuple[Country, ...] = (
    _country(
        "DEU",
        0.12,
        "+49",
        "Lindenstrasse",
        "Berlin:52.52:13.40 Hamburg:53.55:9.99 Munich:48.14:11.58 Leipzig:51.34:12.37",
        "Anna Greta Lena Sabine Katrin Ulrike Heike Monika Frieda Jana",
        "Lukas Jonas Stefan Matthias Uwe Karsten Holger Felix Dieter Timo",
        "Muller Schneider Fischer Weber Becker Hoffmann Koch Richter Wolf Krause Lehmann Kaiser Vogel Brandt Seidel",
    ),
    _country(
        "GBR",
        0.10,
        "+44",
        "Church Road",
        "London:51.51:-0.13 Manchester:53.48:-2.24 Glasgow:55.86:-4.25 Cardiff:51.48:-3.18",
        "Emily Charlotte Olivia Harriet Megan Fiona Alice Rebecca Joanna Bethan",
        "Oliver Harry Callum Edward Graham Rhys Duncan Thomas Neil Stuart",
        "Taylor Walker Hughes Bennett Fraser Morgan Clarke Palmer Whitfield Barker Lowe Stevens Marsh Gibson Pearce",
    ),
    _country(
        "ESP",
        0.09,
        "+34",
        "Calle Mayor",
        "Madrid:40.42:-3.70 Barcelona:41.39:2.17 Valencia:39.47:-0.38 Seville:37.39:-5.98",
        "Lucia Carmen Marta Elena Pilar Nuria Rocio Alba Ines Teresa",
        "Javier Alejandro Pablo Sergio Raul Ignacio Alvaro Hugo Ruben Jorge",
        "Garcia Navarro Romero Molina Ortega Castillo Iglesias Serrano Vidal Cortes Fuentes Herrero Prieto Soler",
    ),
    _country(
        "POL",
        0.07,
        "+48",
        "Ulica Polna",
        "Warsaw:52.23:21.01 Krakow:50.06:19.94 Gdansk:54.35:18.65",
        "Agnieszka Katarzyna Magdalena Zofia Ewa Joanna Beata Iwona Halina Kinga",
        "Piotr Krzysztof Tomasz Pawel Marek Wojciech Jakub Grzegorz Rafal Kamil",
        "Nowak Kowalczyk Wisniewski Wojcik Kaminski Lewandowski Zielinski Szymanski Dabrowski Mazur Krawczyk",
    ),
    _country(
        "UKR",
        0.09,
        "+380",
        "Vulytsia Sadova",
        "Kyiv:50.45:30.52 Lviv:49.84:24.03 Odesa:46.48:30.73 Dnipro:48.46:35.05",
        "Oksana Iryna Nataliia Yuliia Svitlana Kateryna Olha Tetiana Liudmyla Halyna",
        "Oleksandr Serhii Andrii Mykola Dmytro Volodymyr Yurii Vitalii Taras Yevhen",
        "Shevchenko Kovalenko Bondarenko Tkachenko Kravchenko Oliinyk Lysenko Marchenko Rudenko Savchenko Petrenko",
    ),
    _country(
        "TUR",
        0.08,
        "+90",
        "Ataturk Caddesi",
        "Istanbul:41.01:28.98 Ankara:39.93:32.86 Izmir:38.42:27.14",
        "Ayse Fatma Zeynep Elif Merve Emine Sevgi Gulsen Derya Nihal",
        "Mehmet Mustafa Ahmet Emre Murat Hakan Kemal Burak Orhan Serkan",
        "Yilmaz Kaya Demir Celik Sahin Ozturk Aydin Arslan Dogan Kilic Aslan Cetin Koc Kurt Simsek Polat",
    ),
    _country(
        "EGY",
        0.07,
        "+20",
        "Tahrir Street",
        "Cairo:30.04:31.24 Alexandria:31.20:29.92 Luxor:25.69:32.64",
        "Fatima Mariam Nour Salma Yasmin Aisha Hanan Dina Rania Amira",
        "Mohamed Ahmed Mahmoud Youssef Omar Khaled Hussein Tarek Karim Sherif",
        "Hassan Ibrahim Abdelrahman Mansour Elsayed Farouk Soliman Gaber Nasser Zaki Osman Shaheen Fouad Ramadan",
    ),
    _country(
        "NGA",
        0.09,
        "+234",
        "Awolowo Road",
        "Lagos:6.52:3.38 Abuja:9.06:7.49 Ibadan:7.38:3.95",
        "Ngozi Amina Chiamaka Funke Blessing Adaeze Yetunde Zainab Ifeoma Folake",
        "Chinedu Emeka Tunde Ibrahim Olumide Segun Obinna Musa Uche Femi",
        "Okafor Adeyemi Okonkwo Balogun Nwosu Eze Abubakar Ogunleye Obi Bello Afolabi Chukwu Danjuma Lawal Onyeka",
    ),
    _country(
        "IND",
        0.09,
        "+91",
        "Mahatma Gandhi Road",
        "Mumbai:19.08:72.88 Delhi:28.61:77.21 Bengaluru:12.97:77.59 Chennai:13.08:80.27",
        "Priya Ananya Kavita Sunita Meera Lakshmi Pooja Deepika Shalini Radha",
        "Rahul Arjun Vikram Sanjay Rajesh Anil Karthik Suresh Nikhil Manoj",
        "Sharma Patel Reddy Iyer Nair Gupta Mehta Joshi Kulkarni Chatterjee Desai Menon Rao Bhat Malhotra Verma",
    ),
    _country(
        "CHN",
        0.08,
        "+86",
        "Zhongshan Lu",
        "Shanghai:31.23:121.47 Shenzhen:22.54:114.06 Chengdu:30.57:104.07",
        "Xiaomei Lihua Yating Jingyi Huiling Meiling Fangfang Yuxin Qiaoling Shuying",
        "Zhiwei Jianguo Haoran Mingjie Yichen Guoqiang Weidong Zihao Junfeng Xiaolong",
        "Wang Zhang Liu Chen Yang Huang Zhao Zhou Xu Sun Zhu Guo Lin Luo Zheng Xie",
    ),
    _country(
        "VNM",
        0.05,
        "+84",
        "Le Loi",
        "Hanoi:21.03:105.85 Da_Nang:16.05:108.22",
        "Lan Huong Mai Thuy Ngoc Hanh Linh Trang Dung Yen",
        "Minh Tuan Hung Quang Khanh Duc Thanh Long Bao Phong",
        "Nguyen Tran Le Pham Hoang Phan Vu Dang Bui Do Ngo Duong",
    ),
    _country(
        "BRA",
        0.07,
        "+55",
        "Rua das Flores",
        "Sao_Paulo:-23.55:-46.63 Rio_de_Janeiro:-22.91:-43.17 Recife:-8.05:-34.88",
        "Juliana Fernanda Camila Beatriz Larissa Patricia Renata Vanessa Tatiana Bruna",
        "Thiago Gabriel Rafael Leonardo Marcelo Bruno Gustavo Rodrigo Caio Vinicius",
        "Silva Santos Oliveira Souza Pereira Carvalho Almeida Ribeiro Barbosa Cardoso Teixeira Moreira Nogueira Rocha",
    ),
)

SPELLINGS: dict[str, str] = {
    "Oleksandr": "Alexander", "Serhii": "Sergey", "Andrii": "Andrey", "Mykola": "Nikolay", "Dmytro": "Dmitry",
    "Volodymyr": "Vladimir", "Yurii": "Yuri", "Vitalii": "Vitaly", "Yevhen": "Evgeny", "Nataliia": "Natalia",
    "Yuliia": "Julia", "Kateryna": "Katerina", "Olha": "Olga", "Tetiana": "Tatiana", "Iryna": "Irina",
    "Svitlana": "Svetlana", "Mohamed": "Muhammad", "Youssef": "Yusuf", "Hussein": "Husain", "Mahmoud": "Mahmud",
    "Omar": "Umar", "Khaled": "Khalid", "Fatima": "Fatma", "Mariam": "Maryam", "Yasmin": "Yasmeen", "Aisha": "Aysha",
    "Wang": "Wong", "Zhang": "Cheung", "Chen": "Chan", "Huang": "Wong", "Liu": "Lau", "Xu": "Hsu", "Zhou": "Chow",
    "Muller": "Mueller", "Koch": "Kock", "Hoffmann": "Hofmann", "Sharma": "Sarma", "Chatterjee": "Chattopadhyay",
    "Iyer": "Aiyar", "Reddy": "Reddi", "Elsayed": "El Sayed", "Abdelrahman": "Abd El Rahman", "Soliman": "Suleiman",
    "Osman": "Othman", "Shevchenko": "Schewtschenko", "Bondarenko": "Bondarjenko", "Oliinyk": "Oleynik",
}  # fmt: skip
"""Another Latin spelling of the same name, as a bank, an employer or an older passport may write it."""

_WATCHED = """
Aurelian Zarkovic, Bozhidar Belgrano, Crispin Tsurkan, Dzhokhar Vantoro, Evander Okwuosa, Florimond Drobnik,
Gundemar Halvarsen, Hermenegildo Qasmiri, Ildefonso Petrushev, Jaroslaw Lomidze, Kasimir Arzhanov, Lysander Baktari,
Montague Moulaye, Nikandros Sirotin, Ottavio Kandelaki, Peregrin Ferhatov, Quirino Jovetic, Radovan Tamrazyan,
Septimus Ubaidov, Theophil Wesolek, Ulfar Yakupova, Vukasin Zhirkov, Wenceslas Abashidze, Zoltan Dragomirov
"""
WATCHED_GIVEN, WATCHED_SURNAMES = zip(*(name.split() for name in _WATCHED.split(",")), strict=True)
"""Names of listed persons who are nobody's namesake by chance; any given name goes with any surname."""

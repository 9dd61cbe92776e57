-- meaning: whether the customer's name stands on a sanctions list or a list of politically exposed persons
-- parameter: possible_from number 0.85 : likeness from which an entry of a sanctions list may be the customer
-- parameter: dated_from number 0.75 : likeness from which one with the customer's birth date may be
-- parameter: pep_from number 0.92 : likeness from which an entry of a list of politically exposed persons may be the customer
-- parameter: rough_below number 0.7 : likeness below which names are compared by their letters alone
-- fact: screening.sanctions_score number 0..1 noise 0.02 : likeness to a name or alias of the entry on a sanctions list that most likely is the customer, 1 is the same
-- fact: screening.dated_score number 0..1 noise 0.02 : likeness to the nearest name or alias of an entry on a sanctions list with the customer's very birth date; 0 where there is none
-- fact: screening.birth_date_agrees flag : whether the birth date of the entry that most likely is the customer is the customer's
-- fact: screening.date_unclear flag : whether an entry may be the customer by its name, and by its birth date can neither be told to be nor not to be
-- fact: screening.country_agrees flag : whether that entry's country is the customer's nationality or residence
-- fact: screening.pep_score number 0..1 noise 0.02 : likeness to the nearest name or alias of a politically exposed person
-- fact: screening.entries_uncompared count : entries of either list of which every name has letters that cannot be compared
-- label: screening.sanctions_score : likeness to a name on a sanctions list
-- label: screening.dated_score : likeness to a listed person with the same birth date
-- label: screening.birth_date_agrees : agreement with the listed birth date
-- label: screening.date_unclear : a listed birth date that cannot be compared
-- label: screening.country_agrees : agreement with the listed country
-- label: screening.pep_score : likeness to a politically exposed person
-- label: screening.entries_uncompared : list entries that cannot be compared
-- unknown: screening.sanctions_score : there is no sanctions list in the warehouse, or no name to look for, or one of the customer's has letters that cannot be compared and no entry is alike
-- unknown: screening.dated_score : there is no sanctions list in the warehouse, or no name to look for, or one of the customer's has letters that cannot be compared and no entry is alike
-- unknown: screening.birth_date_agrees : that entry, or the customer, has no birth date, or a slip of the pen, or a day that was not known, may part the two
-- unknown: screening.date_unclear : there is no sanctions list in the warehouse, or no name to look for, or one of the customer's has letters that cannot be compared and no entry is alike
-- unknown: screening.country_agrees : the customer has no nationality or residence, or that entry no country, that is a code of a state (ISO 3166-1)
-- strange: customers.nationality : it is not known
-- strange: customers.residence_country : it is not known
-- strange: watchlist.country : that entry's country is not known
-- unknown: screening.pep_score : there is no list of politically exposed persons in the warehouse, or no name to look for, or one of the customer's has letters that cannot be compared and no entry is alike
-- here: lists, regular expressions of Unicode and Jaro-Winkler, of which most engines have none
-- Names are folded to a skeleton in which the usual transliterations agree (Müller, Mueller; Yusuf, Youssef; Сергей,
-- Sergej, Sergey); titles are left out where two words stay. Each word is compared (Jaro-Winkler; an initial with the
-- word it begins) with the nearest word of the other name, both ways. Likeness is the most of these:
-- 1. the middle between the mean over words, weighted by length, and the worst word of the shorter name, so that a shared
--    given name alone is no hit; of the customer's words only as many count, the nearest ones, as the entry has, so that
--    words which somebody adds to a listed name hide nothing;
-- 2. nine tenths of the mean over words that are nearly the same, where these are two or more and all but one of the
--    shorter name, so that one word in the place of another (a patronymic) hides nothing; words of three letters and
--    fewer, as particles are, count for none;
-- 3. the share of letters that agree (Levenshtein), of the words in order or as written without blanks, which also compares
--    letters that are not folded;
-- 4. 0.95 where a name that is written in one word, or in pieces, is another's first and last word without the blank.
-- Marks that cannot be seen, full-width letters and repeated words change nothing. 1 and 2 are below `rough_below` for a
-- name without a word that is as much alike, and are not worked out. Of the entries that may be the customer, the one
-- counts whose birth date agrees, then country, then likeness; what is not known ranks before what disagrees, so that no
-- other person's entry hides the customer's. Birth dates that differ in one digit, by day and month exchanged, or in one
-- year of which either is the first day, as lists write a year, neither agree nor disagree.
WITH me AS (
  SELECT c.customer_id, c.full_name, c.birth_date, COUNTRY_OF(c.nationality) AS nationality,
    COUNTRY_OF(c.residence_country) AS residence_country
  FROM customers AS c
  WHERE c.customer_id = :customer_id
), spelled AS (
  SELECT 'me' AS side, 'me' AS entry_id, full_name AS name FROM me
  UNION
  SELECT 'me', 'me', declared_name FROM kyc_submissions
  WHERE customer_id = :customer_id AND submitted_at <= CAST(:as_of AS TIMESTAMP) AND declared_name IS NOT NULL
  UNION
  SELECT 'list', entry_id, full_name FROM watchlist
  UNION
  SELECT 'list', entry_id, UNNEST(STRING_SPLIT(aliases, '|')) FROM watchlist WHERE aliases IS NOT NULL
), latin AS (
  SELECT side, entry_id, name, CASE
    WHEN NOT REGEXP_MATCHES(name, '[^\x00-\x7F]') THEN UPPER(REPLACE(REPLACE(REPLACE(name, '''', ''), '`', ''), '-', ''))
    ELSE UPPER(TRANSLATE(
    REPLACE(REPLACE(REPLACE(REPLACE(REPLACE(REPLACE(REPLACE(REPLACE(REPLACE(REPLACE(REPLACE(REPLACE(REPLACE(REPLACE(
    REPLACE(REPLACE(
      STRIP_ACCENTS(LOWER(REGEXP_REPLACE(name, '[\p{Cf}\p{Mn}\x{115F}\x{1160}\x{3164}\x{FFA0}]', '', 'g'))), 'ß', 'ss'), 'æ', 'ae'), 'œ', 'oe'), 'þ', 'th'), 'ж', 'zh'), 'х', 'kh'), 'ц', 'ts'), 'ч', 'ch'),
      'щ', 'shch'), 'ш', 'sh'), 'ю', 'yu'), 'я', 'ya'), 'θ', 'th'), 'χ', 'ch'), 'ψ', 'ps'), 'ξ', 'x'),
    'øłđðıабвгдеёзиіїйклмнопрстуфыэєґαβγδεζηικλμνοπρσςτυφωａｂｃｄｅｆｇｈｉｊｋｌｍｎｏｐｑｒｓｔｕｖｗｘｙｚ０１２３４５６７８９ьъ''’`´ʼ-',
    'olddiabvgdeeziiiiklmnoprstufieegavgdeziiklmnoprsstyfoabcdefghijklmnopqrstuvwxyz0123456789'
  )) END AS name_latin
  FROM spelled
), untitled AS (
  SELECT side, entry_id, name, CASE WHEN REGEXP_MATCHES(bare, '[^\s\p{P}][\s\p{P}]+[^\s\p{P}]') THEN bare ELSE name_latin END AS name_latin
  FROM (
    SELECT side, entry_id, name, name_latin,
      REGEXP_REPLACE(name_latin, '\b(MRS?|MS|MISS|MME|MR?S|[DS]R|SRA|JR|SIR|DAME|HERR|FRAU|MONSIEUR|MADAME|SENORA?|JUNIOR|SENIOR|PROF(ESSOR)?|DOCTOR|DOKTOR|SH(EI|AI|AY|EY)KH?|SA[IY]+ED|SA[IY]+ID|SE[IY]+ED|SYED|HA[JD]*JI?|ALHAJJ?|MULL?AH?|MOLLA|MAULANA|MAWLAWI|IMAM|A[IY]ATOLL?AH|GENERAL|COLONEL|CAPTAIN)\b', ' ', 'g') AS bare
    FROM latin
  ) AS titled
), skeletons AS (
  SELECT side, entry_id, name, REGEXP_MATCHES(name_latin, '[^\x00-\x7F\p{P}\p{Z}\p{C}]') AS lost,
    REGEXP_REPLACE(REGEXP_REPLACE(REPLACE(REPLACE(REPLACE(
    REPLACE(REPLACE(REPLACE(REPLACE(REPLACE(REPLACE(REPLACE(REPLACE(REPLACE(REPLACE(REPLACE(REPLACE(REPLACE(REPLACE(
    REPLACE(REPLACE(REPLACE(REPLACE(REPLACE(REPLACE(REPLACE(REPLACE(REPLACE(REPLACE(REPLACE(REPLACE(REPLACE(REPLACE(
      name_latin, 'TSCH', 'CH'), 'SCH', 'SH'), 'TCH', 'CH'), 'DZH', 'I'), 'DJ', 'I'), 'KH', 'H'), 'GH', 'G'), 'PH', 'F'), 'CK', 'K'),
      'X', 'KS'), 'W', 'V'), 'Q', 'K'), 'OU', 'U'), 'OO', 'U'), 'UE', 'U'), 'OE', 'O'), 'AE', 'A'), 'EE', 'I'),
      'Y', 'I'), 'J', 'I'), 'II', 'I'), 'AA', 'A'), 'SS', 'S'), 'MM', 'M'), 'NN', 'N'), 'LL', 'L'), 'TT', 'T'),
      'DD', 'D'), 'RR', 'R'), 'CC', 'C'), 'Z', 'S'),
      'C([^H]|$)', 'K\1', 'g'), '([^CS ])H([^AEIOU]|$)', '\1\2', 'g') AS skeleton
  FROM untitled
), worded AS (
  SELECT side, entry_id, name, lost, REGEXP_REPLACE(skeleton, '[\p{P}\p{Z}\p{C}]+', '', 'g') AS joined,
    LIST_FILTER(STRING_SPLIT(REGEXP_REPLACE(skeleton, '[^A-Z0-9]+', ' ', 'g'), ' '), lambda word : word <> '') AS written
  FROM skeletons
), names AS (
  SELECT side, entry_id, lost, joined, words, ARRAY_TO_STRING(words, ' ') AS sorted_name,
    written[1] || written[-1] AS ends, written[-1] || written[1] AS turned,
    ROW_NUMBER() OVER (ORDER BY side, entry_id, name) AS spelling
  FROM (SELECT *, LIST_SORT(LIST_DISTINCT(written)) AS words FROM worded WHERE joined <> '') AS lettered
), words AS (
  SELECT side, spelling, UNNEST(words) AS word FROM names
), alike_words AS (
  SELECT mine.word AS my_word, listed.word AS list_word,
    CASE
      WHEN LENGTH(mine.word) = 1 AND LENGTH(listed.word) > 1 AND STARTS_WITH(listed.word, mine.word)
        OR LENGTH(listed.word) = 1 AND LENGTH(mine.word) > 1 AND STARTS_WITH(mine.word, listed.word) THEN 0.9
      ELSE JARO_WINKLER_SIMILARITY(mine.word, listed.word)
    END AS alike
  FROM (SELECT DISTINCT word FROM words WHERE side = 'me') AS mine
  CROSS JOIN (SELECT DISTINCT word FROM words WHERE side = 'list') AS listed
), near AS (
  SELECT DISTINCT spelling FROM words
  WHERE side = 'list' AND word IN (SELECT list_word FROM alike_words WHERE alike >= :rough_below)
), likeness AS (
  SELECT mine.spelling AS my_spelling, listed.spelling AS list_spelling, mine.word AS my_word, listed.word AS list_word, a.alike
  FROM near JOIN words AS listed ON listed.spelling = near.spelling
  JOIN alike_words AS a ON a.list_word = listed.word
  JOIN words AS mine ON mine.side = 'me' AND mine.word = a.my_word
), forward AS (
  SELECT my_spelling, list_spelling, MIN(alike) AS least,
    SUM(alike * LENGTH(my_word)) FILTER (WHERE place <= listed)
      / SUM(LENGTH(my_word)) FILTER (WHERE place <= listed) AS mean
  FROM (
    SELECT my_spelling, list_spelling, my_word, MAX(alike) AS alike, COUNT(*) AS listed,
      ROW_NUMBER() OVER (PARTITION BY my_spelling, list_spelling ORDER BY MAX(alike) DESC, my_word) AS place
    FROM likeness GROUP BY my_spelling, list_spelling, my_word
  ) AS nearest GROUP BY my_spelling, list_spelling
), backward AS (
  SELECT my_spelling, list_spelling, SUM(alike * LENGTH(list_word)) / SUM(LENGTH(list_word)) AS mean, MIN(alike) AS least
  FROM (
    SELECT my_spelling, list_spelling, list_word, MAX(alike) AS alike FROM likeness GROUP BY ALL
  ) AS nearest GROUP BY my_spelling, list_spelling
), agreeing AS (
  SELECT my_spelling, list_spelling, AVG(alike) AS mean,
    LEAST(COUNT(DISTINCT my_word), COUNT(DISTINCT list_word)) AS n
  FROM likeness WHERE alike >= 0.95 AND LENGTH(my_word) > 3 AND LENGTH(list_word) > 3
  GROUP BY my_spelling, list_spelling HAVING LEAST(COUNT(DISTINCT my_word), COUNT(DISTINCT list_word)) > 1
), scored AS (
  SELECT listed.entry_id,
    MAX(GREATEST(
      CASE WHEN LEAST(LENGTH(mine.sorted_name), LENGTH(listed.sorted_name))
          >= :rough_below * GREATEST(LENGTH(mine.sorted_name), LENGTH(listed.sorted_name), 1)
        THEN 1.0 - LEVENSHTEIN(mine.sorted_name, listed.sorted_name)
          / GREATEST(LENGTH(mine.sorted_name), LENGTH(listed.sorted_name)) END,
      CASE WHEN LEAST(LENGTH(mine.joined), LENGTH(listed.joined))
          >= :rough_below * GREATEST(LENGTH(mine.joined), LENGTH(listed.joined))
        THEN 1.0 - LEVENSHTEIN(mine.joined, listed.joined) / GREATEST(LENGTH(mine.joined), LENGTH(listed.joined)) END,
      CASE WHEN LEN(mine.words) <> 2 AND mine.joined IN (listed.ends, listed.turned)
          OR LEN(listed.words) <> 2 AND listed.joined IN (mine.ends, mine.turned) THEN 0.95 END,
      (f.mean + b.mean) / 4 + CASE
        WHEN LEAST(LEN(mine.words), LEN(listed.words)) > 1 THEN GREATEST(f.least, b.least) ELSE LEAST(f.least, b.least)
      END / 2,
      CASE WHEN a.n >= LEAST(LEN(mine.words), LEN(listed.words)) - 1 THEN 0.9 * a.mean END,
      0.0
    )) AS score
  FROM names AS mine
  JOIN names AS listed ON mine.side = 'me' AND listed.side = 'list'
  LEFT JOIN forward AS f ON f.my_spelling = mine.spelling AND f.list_spelling = listed.spelling
  LEFT JOIN backward AS b ON b.my_spelling = mine.spelling AND b.list_spelling = listed.spelling
  LEFT JOIN agreeing AS a ON a.my_spelling = mine.spelling AND a.list_spelling = listed.spelling
  GROUP BY listed.entry_id
), compared AS (
  SELECT w.list, w.entry_id, s.score, w.birth_date = me.birth_date AS same_day,
    CASE
      WHEN w.birth_date <> me.birth_date AND (
        LEVENSHTEIN(CAST(w.birth_date AS VARCHAR), CAST(me.birth_date AS VARCHAR)) = 1
        OR YEAR(w.birth_date) = YEAR(me.birth_date) AND (
          MONTH(w.birth_date) = DAY(me.birth_date) AND DAY(w.birth_date) = MONTH(me.birth_date)
          OR 1 IN (DAYOFYEAR(w.birth_date), DAYOFYEAR(me.birth_date))
        )
      ) THEN NULL
      ELSE w.birth_date = me.birth_date
    END AS birth_date_agrees,
    COUNTRY_OF(w.country) IN (me.nationality, me.residence_country) AS country_agrees
  FROM scored AS s JOIN watchlist AS w ON w.entry_id = s.entry_id CROSS JOIN me
), nearest AS (
  SELECT * FROM compared WHERE list = 'sanctions'
  ORDER BY
    CASE WHEN score < :possible_from THEN 0 WHEN birth_date_agrees THEN 3 WHEN birth_date_agrees IS NULL THEN 2 ELSE 1 END DESC,
    CASE WHEN score < :possible_from THEN 0 WHEN country_agrees THEN 3 WHEN country_agrees IS NULL THEN 2 ELSE 1 END DESC,
    score DESC, birth_date_agrees DESC NULLS LAST, entry_id
  LIMIT 1
), unread AS (
  SELECT COUNT(*) AS n FROM names WHERE side = 'me' AND lost
), told AS (
  SELECT (SELECT n FROM unread) = 0 AS whole,
    (SELECT score FROM nearest) AS likeness,
    (SELECT COALESCE(MAX(CASE WHEN same_day THEN score END), 0) FROM compared WHERE list = 'sanctions' HAVING COUNT(*) > 0) AS dated,
    (SELECT MAX(score) FROM compared WHERE list = 'pep') AS pep
)
SELECT
  CASE WHEN whole OR likeness >= :possible_from OR dated >= :dated_from THEN likeness END AS "screening.sanctions_score",
  CASE WHEN whole OR dated >= :dated_from THEN dated END AS "screening.dated_score",
  CASE WHEN whole OR likeness >= :possible_from THEN (SELECT birth_date_agrees FROM nearest) END AS "screening.birth_date_agrees",
  CASE WHEN whole OR likeness >= :possible_from
    THEN likeness >= :possible_from AND (SELECT birth_date_agrees FROM nearest) IS NULL END AS "screening.date_unclear",
  CASE WHEN whole OR likeness >= :possible_from THEN (SELECT country_agrees FROM nearest) END AS "screening.country_agrees",
  CASE WHEN whole OR pep >= :pep_from THEN pep END AS "screening.pep_score",
  (SELECT COUNT(*) FROM (
    SELECT COUNT(CASE WHEN lost THEN NULL ELSE 1 END) AS compared FROM names WHERE side = 'list' GROUP BY entry_id
  ) AS entries WHERE compared = 0) AS "screening.entries_uncompared"
FROM told;

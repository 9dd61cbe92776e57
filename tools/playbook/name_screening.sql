-- meaning: whether the customer's name stands on a sanctions list or a list of politically exposed persons
-- parameter: possible_from number 0.85 : likeness from which an entry of a sanctions list may be the customer
-- fact: screening.sanctions_score number 0..1 noise 0.02 : likeness to a name or alias of the entry on a sanctions list that most likely is the customer, 1 is the same
-- fact: screening.birth_date_agrees flag : whether that entry's birth date is the customer's
-- fact: screening.country_agrees flag : whether that entry's country is the customer's nationality or residence
-- fact: screening.pep_score number 0..1 noise 0.02 : likeness to the nearest name or alias of a politically exposed person
-- unknown: screening.sanctions_score : there is no sanctions list in the warehouse, or no name to look for
-- unknown: screening.birth_date_agrees : that entry, or the customer, has no birth date
-- unknown: screening.country_agrees : the customer has no nationality or residence, or that entry no country, that is a code of a state (ISO 3166-1)
-- strange: customers.nationality : it is not known
-- strange: customers.residence_country : it is not known
-- strange: watchlist.country : that entry's country is not known
-- unknown: screening.pep_score : there is no list of politically exposed persons in the warehouse, or no name to look for
-- here: lists, regular expressions of Unicode and Jaro-Winkler, of which most engines have none
-- Names are folded to a skeleton in which the usual transliterations agree (Müller, Mueller; Yusuf, Youssef; Сергей,
-- Sergej, Sergey). Each word is compared (Jaro-Winkler) with the nearest word of the other name, both ways. Likeness is
-- the middle between the mean over words, weighted by length, and the worst word of the shorter name, so that a shared
-- given name alone is no hit; of the customer's words only as many count, the nearest ones, as the entry has, so that
-- words which somebody adds to a listed name hide nothing; or the share of letters that agree in sorted order
-- (Levenshtein), if that is more. Marks that cannot be seen, full-width letters and repeated words change nothing.
-- Of the entries that may be the customer, the one counts whose birth date agrees, then country, then likeness; what is
-- not known ranks before what disagrees, so that no other person's entry hides the customer's.
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
  SELECT side, entry_id, name, UPPER(STRIP_ACCENTS(TRANSLATE(
    REPLACE(REPLACE(REPLACE(REPLACE(REPLACE(REPLACE(REPLACE(REPLACE(REPLACE(REPLACE(REPLACE(REPLACE(
      LOWER(REGEXP_REPLACE(name, '[\p{Cf}\p{Mn}\x{115F}\x{1160}\x{3164}\x{FFA0}]', '', 'g')), 'ß', 'ss'), 'æ', 'ae'), 'œ', 'oe'), 'þ', 'th'), 'ж', 'zh'), 'х', 'kh'), 'ц', 'ts'), 'ч', 'ch'),
      'щ', 'shch'), 'ш', 'sh'), 'ю', 'yu'), 'я', 'ya'),
    'øłđðıабвгдеёзиіїйклмнопрстуфыэєґａｂｃｄｅｆｇｈｉｊｋｌｍｎｏｐｑｒｓｔｕｖｗｘｙｚ０１２３４５６７８９ьъ''’`-',
    'olddiabvgdeeziiiiklmnoprstufieegabcdefghijklmnopqrstuvwxyz0123456789'
  ))) AS name_latin
  FROM spelled
), skeletons AS (
  SELECT side, entry_id, name,
    REGEXP_REPLACE(REGEXP_REPLACE(REPLACE(REPLACE(REPLACE(
    REPLACE(REPLACE(REPLACE(REPLACE(REPLACE(REPLACE(REPLACE(REPLACE(REPLACE(REPLACE(REPLACE(REPLACE(REPLACE(REPLACE(
    REPLACE(REPLACE(REPLACE(REPLACE(REPLACE(REPLACE(REPLACE(REPLACE(REPLACE(REPLACE(REPLACE(REPLACE(REPLACE(REPLACE(
      name_latin, 'TSCH', 'CH'), 'SCH', 'SH'), 'TCH', 'CH'), 'DZH', 'I'), 'DJ', 'I'), 'KH', 'H'), 'GH', 'G'), 'PH', 'F'), 'CK', 'K'),
      'X', 'KS'), 'W', 'V'), 'Q', 'K'), 'OU', 'U'), 'OO', 'U'), 'UE', 'U'), 'OE', 'O'), 'AE', 'A'), 'EE', 'I'),
      'Y', 'I'), 'J', 'I'), 'II', 'I'), 'AA', 'A'), 'SS', 'S'), 'MM', 'M'), 'NN', 'N'), 'LL', 'L'), 'TT', 'T'),
      'DD', 'D'), 'RR', 'R'), 'CC', 'C'), 'Z', 'S'),
      'C([^H]|$)', 'K\1', 'g'), '([^CS ])H([^AEIOU]|$)', '\1\2', 'g') AS skeleton
  FROM latin
), worded AS (
  SELECT side, entry_id, name,
    LIST_SORT(LIST_DISTINCT(
      LIST_FILTER(STRING_SPLIT(REGEXP_REPLACE(skeleton, '[^A-Z0-9]+', ' ', 'g'), ' '), lambda word : word <> '')
    ))
      AS words
  FROM skeletons
), names AS (
  SELECT side, entry_id, words, ARRAY_TO_STRING(words, ' ') AS sorted_name,
    ROW_NUMBER() OVER (ORDER BY side, entry_id, name) AS spelling
  FROM worded WHERE LEN(words) > 0
), words AS (
  SELECT side, spelling, UNNEST(words) AS word FROM names
), likeness AS (
  SELECT mine.spelling AS my_spelling, listed.spelling AS list_spelling, mine.word AS my_word, listed.word AS list_word,
    JARO_WINKLER_SIMILARITY(mine.word, listed.word) AS alike
  FROM words AS mine JOIN words AS listed ON mine.side = 'me' AND listed.side = 'list'
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
), scored AS (
  SELECT listed.entry_id,
    MAX(GREATEST(
      1.0 - LEVENSHTEIN(mine.sorted_name, listed.sorted_name)
        / GREATEST(LENGTH(mine.sorted_name), LENGTH(listed.sorted_name)),
      (f.mean + b.mean) / 4 + CASE
        WHEN LEAST(LEN(mine.words), LEN(listed.words)) > 1 THEN GREATEST(f.least, b.least) ELSE LEAST(f.least, b.least)
      END / 2
    )) AS score
  FROM names AS mine
  JOIN names AS listed ON mine.side = 'me' AND listed.side = 'list'
  JOIN forward AS f ON f.my_spelling = mine.spelling AND f.list_spelling = listed.spelling
  JOIN backward AS b ON b.my_spelling = mine.spelling AND b.list_spelling = listed.spelling
  GROUP BY listed.entry_id
), compared AS (
  SELECT w.list, w.entry_id, s.score,
    w.birth_date = me.birth_date AS birth_date_agrees,
    COUNTRY_OF(w.country) IN (me.nationality, me.residence_country) AS country_agrees
  FROM scored AS s JOIN watchlist AS w ON w.entry_id = s.entry_id CROSS JOIN me
), nearest AS (
  SELECT * FROM compared WHERE list = 'sanctions'
  ORDER BY
    CASE WHEN score < :possible_from THEN 0 WHEN birth_date_agrees THEN 3 WHEN birth_date_agrees IS NULL THEN 2 ELSE 1 END DESC,
    CASE WHEN score < :possible_from THEN 0 WHEN country_agrees THEN 3 WHEN country_agrees IS NULL THEN 2 ELSE 1 END DESC,
    score DESC, birth_date_agrees DESC NULLS LAST, entry_id
  LIMIT 1
)
SELECT
  (SELECT score FROM nearest) AS "screening.sanctions_score",
  (SELECT birth_date_agrees FROM nearest) AS "screening.birth_date_agrees",
  (SELECT country_agrees FROM nearest) AS "screening.country_agrees",
  (SELECT MAX(score) FROM compared WHERE list = 'pep') AS "screening.pep_score";

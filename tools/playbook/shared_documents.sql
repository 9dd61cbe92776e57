-- meaning: other accounts that submitted this account's document, or the same picture with other data in it
-- parameter: distance count 6 : image hashes that differ in at most this many of 64 bits show the same picture
-- parameter: telling_accounts count 3 : as many other accounts with the same picture are told although a submission of this one has none
-- parameter: telling_signs count 9 : numbers of fewer letters and digits are the same in two countries by chance
-- fact: document.accounts_sharing_number count : other accounts that submitted the same document number of the same country, or of any in the same name or with the same birth date
-- fact: document.accounts_sharing_number_abroad count : other accounts that submitted the same long document number of another country, in another name and with another birth date
-- fact: document.accounts_sharing_template count : other accounts that submitted the same photograph of a document, with whatever data in it, as what lies around the page tells; where that cannot tell, as in a scan, the unchanged picture alone is found
-- label: document.accounts_sharing_number : other accounts with the same document number
-- label: document.accounts_sharing_number_abroad : other accounts with the same number of another country
-- label: document.accounts_sharing_template : other accounts with the same photograph of a document
-- part: document.accounts_sharing_number at least 1
-- part: document.accounts_sharing_number_abroad at least 1
-- part: document.accounts_sharing_template at least telling_accounts
-- unknown: document.accounts_sharing_number : none is known to, and the account has no identity submission, one without a document number or with letters in it that cannot be compared, or one whose number another has and of which the country of either is no code of a state (ISO 3166-1) or a name or birth date is lacking
-- unknown: document.accounts_sharing_number_abroad : none is known to, and whether others share the number cannot be told either
-- strange: kyc_submissions.document_country : the document's country is not known
-- unknown: document.accounts_sharing_template : few are known to or none, and the account has no identity submission, or one without a picture; a hash of 0 is none
WITH submitted AS (
  SELECT customer_id, document_country, NUMBER_OF(document_number) AS number, NULLIF(image_hash, 0) AS image_hash,
    NULLIF(REGEXP_REPLACE(LOWER(declared_name), '[\s.''-]', '', 'g'), '') AS name, declared_birth_date
  FROM kyc_submissions
  WHERE submitted_at <= CAST(:as_of AS TIMESTAMP)
), mine AS (
  SELECT * FROM submitted WHERE customer_id = :customer_id
), others AS (
  SELECT * FROM submitted WHERE customer_id <> :customer_id
), numbers AS (
  SELECT COUNT(DISTINCT CASE WHEN same THEN customer_id END) AS n,
    COUNT(CASE WHEN same IS NULL THEN 1 END) AS perhaps,
    COUNT(DISTINCT CASE WHEN NOT same AND LENGTH(number) >= :telling_signs THEN customer_id END) AS abroad
  FROM (
    SELECT o.customer_id, o.number,
      COUNTRY_OF(o.document_country) = COUNTRY_OF(m.document_country)
        OR o.name = m.name OR o.declared_birth_date = m.declared_birth_date AS same
    FROM mine AS m JOIN others AS o ON o.number = m.number
  ) AS alike
), pictures AS (
  SELECT COUNT(DISTINCT o.customer_id) AS n
  FROM mine AS m JOIN others AS o ON BIT_COUNT(XOR(m.image_hash, o.image_hash)) <= :distance
), whole AS (
  SELECT COUNT(*) > 0 AND COUNT(CASE WHEN REGEXP_MATCHES(number, '^[A-Z0-9]+$') THEN 1 END) = COUNT(*) AS numbered,
    COUNT(*) > 0 AND COUNT(image_hash) = COUNT(*) AS pictured
  FROM mine
)
SELECT
  CASE WHEN numbers.n > 0 OR numbered AND perhaps = 0 THEN numbers.n END AS "document.accounts_sharing_number",
  CASE WHEN abroad > 0 OR numbered AND perhaps = 0 THEN abroad END AS "document.accounts_sharing_number_abroad",
  CASE WHEN pictured OR pictures.n >= :telling_accounts THEN pictures.n END AS "document.accounts_sharing_template"
FROM numbers CROSS JOIN pictures CROSS JOIN whole;

-- exhibit: graph Accounts with the same document picture or number
WITH alike AS (
  SELECT m.customer_id AS source, o.customer_id AS target,
    CASE
      WHEN o.number = m.number AND COUNTRY_OF(o.document_country) = COUNTRY_OF(m.document_country)
        THEN 'same document number'
      WHEN o.number = m.number
        AND (o.name = m.name OR o.declared_birth_date = m.declared_birth_date OR LENGTH(m.number) >= :telling_signs)
        THEN 'same document number, of another country'
      WHEN BIT_COUNT(XOR(m.image_hash, o.image_hash)) <= :distance THEN 'same document picture'
    END AS why
  FROM mine AS m CROSS JOIN others AS o
)
SELECT DISTINCT 'customer' AS source_kind, source, 'customer' AS target_kind, target, why
FROM alike WHERE why IS NOT NULL
ORDER BY target, why
LIMIT 100;

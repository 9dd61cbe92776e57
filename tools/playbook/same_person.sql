-- meaning: other accounts of this account's person, and of other people with its e-mail or phone
-- parameter: default_from count 50 : a name, e-mail or phone that more accounts have is what is written where there is none
-- fact: person.accounts_same count : other accounts with this account's full name and birth date
-- fact: person.confirmed_fraud_same count : those of them with confirmed fraud in an earlier case
-- fact: contact.accounts_sharing count : accounts of other names or birth dates with this account's e-mail or phone
-- fact: contact.confirmed_fraud_sharing count : those of them with confirmed fraud in an earlier case
-- label: person.accounts_same : other accounts of the same person
-- label: person.confirmed_fraud_same : confirmed frauds of the same person
-- label: contact.accounts_sharing : other accounts with the same e-mail or phone
-- label: contact.confirmed_fraud_sharing : confirmed frauds with the same e-mail or phone
-- unknown: person.accounts_same : the account has no name or birth date, or one that stands where there is none
-- unknown: person.confirmed_fraud_same : the account has no name or birth date, or none is known to and a case of another no outcome
-- unknown: contact.accounts_sharing : the account has neither an e-mail nor a phone, or ones that stand where there is none
-- unknown: contact.confirmed_fraud_sharing : the account has neither an e-mail nor a phone, or none is known to and a case of another no outcome
-- strange: earlier_cases.outcome : the case may have ended as confirmed fraud
-- part: person.confirmed_fraud_same at least 1
-- part: contact.confirmed_fraud_sharing at least 1
-- A name is also the same with its first word last; 1 January of 1900 and 1970 are what is written where no birth date is
-- known. An account that is the same person's is not counted again by its contact. Only accounts that may be alike, by birth
-- date, first letter or last digits, are brought to one spelling: that is what costs time.
WITH me AS (
  SELECT birth_date, EMAIL_OF(email) AS email, PHONE_OF(phone) AS phone FROM customers WHERE customer_id = :customer_id
), near AS (
  SELECT DISTINCT c.customer_id, c.full_name, c.birth_date, c.email, c.phone
  FROM customers AS c JOIN me ON c.customer_id = :customer_id OR c.birth_date = me.birth_date
    OR LOWER(SUBSTR(TRIM(c.email), 1, 1)) = SUBSTR(me.email, 1, 1)
    OR RIGHT(REGEXP_REPLACE(c.phone, '[^0-9]', '', 'g'), 4) = RIGHT(me.phone, 4)
  WHERE c.created_at IS NULL OR c.created_at <= CAST(:as_of AS TIMESTAMP)
), folded AS (
  SELECT customer_id, PERSON_OF(full_name) AS name, EMAIL_OF(email) AS email, PHONE_OF(phone) AS phone,
    CASE WHEN EXTRACT(YEAR FROM birth_date) NOT IN (1900, 1970) OR EXTRACT(DOY FROM birth_date) <> 1 THEN birth_date END
      AS birth_date
  FROM near
), known AS (
  SELECT customer_id, name, email, phone, CASE WHEN name IS NOT NULL THEN birth_date END AS born,
    CASE WHEN STRPOS(name, ' ') > 0
      THEN SUBSTR(name, STRPOS(name, ' ') + 1) || ' ' || SUBSTR(name, 1, STRPOS(name, ' ') - 1) ELSE name END AS turned
  FROM folded
), mine AS (
  SELECT * FROM known WHERE customer_id = :customer_id
), others AS (
  SELECT o.customer_id,
    MAX(CASE WHEN o.born = m.born AND (o.name IN (m.name, m.turned) OR o.turned = m.name) THEN 1 ELSE 0 END) AS same_person,
    MAX(CASE WHEN o.email = m.email THEN 1 ELSE 0 END) AS same_email,
    MAX(CASE WHEN o.phone = m.phone THEN 1 ELSE 0 END) AS same_phone
  FROM known AS o
  JOIN mine AS m ON o.customer_id <> m.customer_id
    AND (o.email = m.email OR o.phone = m.phone OR o.born = m.born AND (o.name IN (m.name, m.turned) OR o.turned = m.name))
  GROUP BY o.customer_id
), usable AS (
  SELECT
    COUNT(m.born) > 0 AND (SELECT COALESCE(SUM(same_person), 0) FROM others) <= :default_from AS person,
    COUNT(m.email) > 0 AND (SELECT COALESCE(SUM(same_email), 0) FROM others) <= :default_from AS email,
    COUNT(m.phone) > 0 AND (SELECT COALESCE(SUM(same_phone), 0) FROM others) <= :default_from AS phone
  FROM mine AS m
), verdicts AS (
  SELECT customer_id, MAX(GUILT_OF(outcome)) AS guilt
  FROM earlier_cases WHERE opened_at <= CAST(:as_of AS TIMESTAMP)
  GROUP BY customer_id
), linked AS (
  SELECT COALESCE(v.guilt, 0) AS guilt, u.person AND o.same_person = 1 AS as_person,
    u.email AND o.same_email = 1 OR u.phone AND o.same_phone = 1 AS by_contact
  FROM others AS o CROSS JOIN usable AS u LEFT JOIN verdicts AS v ON v.customer_id = o.customer_id
), counted AS (
  SELECT
    COUNT(CASE WHEN as_person THEN 1 END) AS persons,
    COUNT(CASE WHEN as_person AND guilt = 2 THEN 1 END) AS fraudulent,
    COUNT(CASE WHEN as_person AND guilt = 1 THEN 1 END) AS undecided,
    COUNT(CASE WHEN by_contact AND NOT as_person THEN 1 END) AS contacts,
    COUNT(CASE WHEN by_contact AND NOT as_person AND guilt = 2 THEN 1 END) AS contacts_fraudulent,
    COUNT(CASE WHEN by_contact AND NOT as_person AND guilt = 1 THEN 1 END) AS contacts_undecided
  FROM linked
)
SELECT
  CASE WHEN u.person THEN c.persons END AS "person.accounts_same",
  CASE WHEN u.person AND (c.fraudulent > 0 OR c.undecided = 0) THEN c.fraudulent END AS "person.confirmed_fraud_same",
  CASE WHEN u.email OR u.phone THEN c.contacts END AS "contact.accounts_sharing",
  CASE WHEN (u.email OR u.phone) AND (c.contacts_fraudulent > 0 OR c.contacts_undecided = 0) THEN c.contacts_fraudulent END
    AS "contact.confirmed_fraud_sharing"
FROM counted AS c CROSS JOIN usable AS u;

-- exhibit: graph Accounts of the same person or with the same e-mail or phone
SELECT
  'customer' AS source_kind, :customer_id AS source,
  'customer' AS target_kind, o.customer_id AS target,
  CASE WHEN u.person AND o.same_person = 1 THEN 'same name and birth date' ELSE 'same e-mail or phone' END AS why
FROM others AS o CROSS JOIN usable AS u
WHERE u.person AND o.same_person = 1 OR u.email AND o.same_email = 1 OR u.phone AND o.same_phone = 1
ORDER BY target
LIMIT 100;

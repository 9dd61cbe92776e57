-- meaning: how closed cases of this customer ended
-- parameter: recent_days count 730 : a false positive of longer ago says little of the customer of today
-- fact: earlier.confirmed_fraud count : earlier cases that ended as confirmed fraud
-- fact: earlier.false_positive count : earlier cases of the last two years that ended as false positives
-- fact: earlier.total count : earlier cases
-- label: earlier.confirmed_fraud : earlier cases of confirmed fraud
-- label: earlier.false_positive : earlier cases that were false positives
-- label: earlier.total : earlier cases
-- unknown: earlier.confirmed_fraud : none is known to have, and one ended in a word that is no outcome
-- unknown: earlier.false_positive : a case of the last two years ended in a word that is no outcome
-- strange: earlier_cases.outcome : the case may have ended in either
-- part: earlier.confirmed_fraud at least 1
WITH ended AS (
  SELECT LOWER(TRIM(outcome)) AS outcome,
    CASE
      WHEN LOWER(TRIM(outcome)) IN ('confirmed_fraud', 'worth_reviewing', 'false_positive', 'inconclusive') THEN 0 ELSE 1
    END AS odd,
    DATE_DIFF('second', opened_at, CAST(:as_of AS TIMESTAMP)) <= :recent_days * 86400 AS recent
  FROM earlier_cases
  WHERE customer_id = :customer_id AND opened_at < CAST(:as_of AS TIMESTAMP)
), counted AS (
  SELECT
    COUNT(CASE WHEN outcome = 'confirmed_fraud' THEN 1 END) AS frauds,
    COUNT(CASE WHEN outcome = 'false_positive' AND recent THEN 1 END) AS alarms,
    COALESCE(SUM(odd), 0) AS odd,
    COALESCE(SUM(CASE WHEN recent THEN odd ELSE 0 END), 0) AS lately_odd,
    COUNT(*) AS n
  FROM ended
)
SELECT
  CASE WHEN odd = 0 OR frauds > 0 THEN frauds END AS "earlier.confirmed_fraud",
  CASE WHEN lately_odd = 0 THEN alarms END AS "earlier.false_positive",
  n AS "earlier.total"
FROM counted;

-- meaning: how closed cases of this customer ended
-- fact: earlier.confirmed_fraud count : earlier cases that ended as confirmed fraud
-- fact: earlier.false_positive count : earlier cases that ended as false positives
-- fact: earlier.total count : earlier cases
-- unknown: earlier.confirmed_fraud : none is known to have, and one ended in a word that is no outcome
-- unknown: earlier.false_positive : an earlier case ended in a word that is no outcome
-- strange: earlier_cases.outcome : the case may have ended in either
-- part: earlier.confirmed_fraud at least 1
WITH ended AS (
  SELECT LOWER(TRIM(outcome)) AS outcome FROM earlier_cases
  WHERE customer_id = :customer_id AND opened_at < CAST(:as_of AS TIMESTAMP)
), counted AS (
  SELECT
    COUNT(CASE WHEN outcome = 'confirmed_fraud' THEN 1 END) AS frauds,
    COUNT(CASE WHEN outcome = 'false_positive' THEN 1 END) AS alarms,
    COUNT(CASE WHEN outcome IN ('confirmed_fraud', 'worth_reviewing', 'false_positive', 'inconclusive') THEN 1 END) AS told,
    COUNT(*) AS n
  FROM ended
)
SELECT
  CASE WHEN told = n OR frauds > 0 THEN frauds END AS "earlier.confirmed_fraud",
  CASE WHEN told = n THEN alarms END AS "earlier.false_positive",
  n AS "earlier.total"
FROM counted;

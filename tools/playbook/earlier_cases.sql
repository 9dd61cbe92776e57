-- meaning: how closed cases of this customer ended
-- fact: earlier.confirmed_fraud count : earlier cases that ended as confirmed fraud
-- fact: earlier.false_positive count : earlier cases that ended as false positives
-- fact: earlier.total count : earlier cases
SELECT
  COUNT(CASE WHEN outcome = 'confirmed_fraud' THEN 1 END) AS "earlier.confirmed_fraud",
  COUNT(CASE WHEN outcome = 'false_positive' THEN 1 END) AS "earlier.false_positive",
  COUNT(*) AS "earlier.total"
FROM earlier_cases
WHERE customer_id = :customer_id AND opened_at < CAST(:as_of AS TIMESTAMP);

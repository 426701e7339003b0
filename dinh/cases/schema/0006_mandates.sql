-- kind: expand
-- Whoever acts under a mandate for some procedures sees and files those alone. Without such a limit the setting is empty.
ALTER POLICY own ON cases.application
  USING (person = current_setting('dinh.person', true)
    AND (coalesce(current_setting('dinh.procedures', true), '') = '' OR procedure = ANY (string_to_array(current_setting('dinh.procedures', true), ','))))
  WITH CHECK (person = current_setting('dinh.person', true)
    AND (coalesce(current_setting('dinh.procedures', true), '') = '' OR procedure = ANY (string_to_array(current_setting('dinh.procedures', true), ','))));

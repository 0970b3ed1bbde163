-- Why a followed file is not read, as a sentence; '' where it is. For doctor and panels.
ALTER TABLE tallyd.tailed_file_states ADD COLUMN IF NOT EXISTS problem String DEFAULT '' AFTER modified_at;

CREATE OR REPLACE VIEW tallyd.tailed_files AS
SELECT *
FROM tallyd.tailed_file_states FINAL;

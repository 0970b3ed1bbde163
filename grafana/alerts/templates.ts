/**
 * The texts of notifications, as Go templates over what Grafana's Alertmanager gives. Grafana expands no
 * variables in this file, so `$` stands for itself.
 */

/** "Budget used up: Team Atlas (critical)", or "3 × Many requests fail", or "resolved: …". */
const TITLE = `{{ define "tallyd.title" -}}
{{ if eq .Status "resolved" }}Resolved: {{ end -}}
{{ $count := len .Alerts.Firing }}{{ if eq .Status "resolved" }}{{ $count = len .Alerts.Resolved }}{{ end -}}
{{ if gt $count 1 }}{{ $count }} × {{ end -}}
{{ with .CommonLabels.alertname }}{{ . }}{{ else }}LLM usage{{ end -}}
{{ with .CommonLabels.severity }} ({{ . }}){{ end -}}
{{ end }}`;

/** For e-mail, PagerDuty and webhooks. */
const TEXT = `{{ define "tallyd.text" -}}
{{ range .Alerts.Firing }}{{ template "tallyd.alert.text" . }}
{{ end -}}
{{ if .Alerts.Resolved }}Resolved:
{{ range .Alerts.Resolved }}- {{ template "tallyd.name" . }}
{{ end }}{{ end -}}
{{ end }}`;

/** What is known of one alert: the first of these that there is. */
const NAME = `{{ define "tallyd.name" -}}
{{ .Labels.alertname }}
{{- with .Labels.budget }}: {{ . }}{{ end -}}
{{ with .Labels.model_name }}: {{ . }}{{ end -}}
{{ with .Labels.name }}: {{ . }}{{ end -}}
{{ with .Labels.dataset_name }}: {{ . }}{{ else }}{{ with .Labels.source_name }}: {{ . }}{{ end }}{{ end -}}
{{ with .Labels.instance }}: {{ . }}{{ end -}}
{{ end }}`;

const ALERT_TEXT = `{{ define "tallyd.alert.text" -}}
{{ template "tallyd.name" . }}
{{ with .Annotations.summary }}{{ . }}
{{ end }}{{ with .Annotations.description }}{{ . }}
{{ end }}{{ with .PanelURL }}Panel: {{ . }}
{{ end }}{{ with .Annotations.runbook_url }}Runbook: {{ . }}
{{ end }}{{ with .Annotations.runbook }}Runbook: {{ . }}
{{ end }}{{ with .SilenceURL }}Silence: {{ . }}
{{ end }}
{{- end }}`;

const SLACK = `{{ define "tallyd.slack" -}}
{{ range .Alerts.Firing }}{{ template "tallyd.alert.slack" . }}
{{ end -}}
{{ range .Alerts.Resolved }}Resolved: {{ template "tallyd.name" . }}
{{ end -}}
{{ end }}`;

const ALERT_SLACK = `{{ define "tallyd.alert.slack" -}}
*{{ template "tallyd.name" . }}*
{{ with .Annotations.summary }}{{ . }}
{{ end }}{{ with .Annotations.description }}{{ . }}
{{ end }}{{ with .PanelURL }}<{{ . }}|Panel>  {{ end -}}
{{ with .Annotations.runbook_url }}<{{ . }}|Runbook>  {{ end -}}
{{ with .Annotations.runbook }}Runbook: {{ . }}  {{ end -}}
{{ with .SilenceURL }}<{{ . }}|Silence>{{ end }}
{{ end }}`;

export interface FileTemplate {
  orgId: number;
  name: string;
  template: string;
}

/** One file of templates, of which contact points use tallyd.title, tallyd.text and tallyd.slack. */
export const templates: readonly FileTemplate[] = [
  { orgId: 1, name: 'tallyd', template: [TITLE, NAME, TEXT, ALERT_TEXT, SLACK, ALERT_SLACK].join('\n') },
];

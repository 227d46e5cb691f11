// The rule of persons: how many have to sign for what, whose keys count, and the proposal of the next one.
import { Alert, Button, Card, Checkbox, Descriptions, Form, Input, InputNumber, Modal, Skeleton, Typography } from 'antd';
import { useState } from 'react';
import { api } from '../../api/endpoints';
import type { PersonNumbers, PersonRule, SigningKey } from '../../api/types';
import { useAction } from '../../components/action';
import { ErrorView, TimeText } from '../../components/basics';
import { useResource } from '../../components/resource';
import { useI18n } from '../../i18n/language';
import { useLiveMessages } from '../../live/live';
import { can, may } from '../../session/roles';
import { useSession } from '../../session/session';

const ACTS: (keyof PersonNumbers)[] = ['policy', 'baseline', 'release', 'action', 'cut', 'uninstall', 'rule'];
const USUAL: PersonNumbers = { policy: 2, baseline: 1, release: 1, action: 1, cut: 0, uninstall: 2, rule: 2 };

export function Rule() {
  const { t, code } = useI18n();
  const session = useSession();
  const rule = useResource((o) => api.personRule(o), []);
  const [proposing, setProposing] = useState(false);
  useLiveMessages((message) => { if (message.kind === 'signing' && message.signing.kind === 'persons') rule.reloadSoon(); });
  if (rule.error) return <ErrorView error={rule.error} retry={rule.reload} />;
  const r = rule.data;
  if (!r) return <Skeleton active />;
  return (
    <>
      <Typography.Paragraph type="secondary">{t('persons.text')}</Typography.Paragraph>
      {r.revision === 0
        ? <Alert type="warning" showIcon message={t('persons.none')} className="kw-block" data-testid="persons-none" />
        : (
          <Card className="kw-block" data-testid="persons-rule" data-revision={r.revision}>
            <Descriptions column={1} size="small" bordered items={[
              { key: 'revision', label: t('persons.revision'), children: r.revision },
              ...ACTS.map((act) => ({ key: act, label: code('signing.act', act), children: r.needed[act] === 0 ? t('persons.platform') : t('persons.count', { count: r.needed[act] }) })),
              { key: 'who', label: t('persons.who'), children: [...new Set(r.keys.map((k) => k.account))].join(', ') },
              { key: 'made', label: t('keys.since'), children: <><TimeText value={r.made} /> {r.made_by}</> },
              { key: 'digest', label: t('persons.digest'), children: <Typography.Text code copyable style={{ overflowWrap: 'anywhere' }}>{r.digest}</Typography.Text> },
            ]} />
          </Card>
        )}
      {can(session, 'proposePersonRule') && <Button type="primary" onClick={() => setProposing(true)} data-testid="persons-propose">{t(r.revision === 0 ? 'persons.first' : 'persons.next')}</Button>}
      {proposing && <Propose before={r} close={() => setProposing(false)} />}
    </>
  );
}

interface Wanted { keys: string[]; needed: PersonNumbers; reason: string }

function Propose({ before, close }: { before: PersonRule; close: () => void }) {
  const { t, code } = useI18n();
  const keys = useResource((o) => api.signingKeys(o), []);
  const action = useAction();
  const [form] = Form.useForm<Wanted>();
  const usable = (keys.data?.items ?? []).filter((k: SigningKey) => !k.removed && !k.disabled && may(k.role, 'signSigning'));
  const needed = before.revision === 0 ? USUAL : before.needed;
  return (
    <Modal open title={t(before.revision === 0 ? 'persons.first' : 'persons.next')} onCancel={close} onOk={() => form.submit()} confirmLoading={action.busy} width={640}
      okText={t('common.confirm')} cancelText={t('common.cancel')} okButtonProps={{ ...{ 'data-testid': 'persons-submit' } }}>
      <Typography.Paragraph type="secondary">{t('persons.propose.text')}</Typography.Paragraph>
      <ErrorView error={keys.error} retry={keys.reload} />
      {keys.data && (
        <Form form={form} layout="vertical" requiredMark={false} initialValues={{ keys: before.revision === 0 ? [] : usable.filter((k) => k.in_rule).map((k) => k.id), needed }}
          onFinish={(wanted) => void action.run(() => api.proposePersonRule({ ...wanted, reason: wanted.reason.trim() }), t('persons.proposed'), close)}>
          <Form.Item name="keys" label={t('keys.title')} rules={[{ required: true, message: t('common.required') }]}>
            <Checkbox.Group options={usable.map((k) => ({ value: k.id, label: <span data-testid={`persons-key-${k.account}`}>{k.account} · {k.label}</span> }))} />
          </Form.Item>
          <div className="kw-numbers">
            {ACTS.map((act) => (
              <Form.Item key={act} name={['needed', act]} label={code('signing.act', act)} rules={[{ required: true, message: t('common.required') }]}>
                <InputNumber min={act === 'rule' ? 1 : 0} max={5} precision={0} data-testid={`persons-needed-${act}`} />
              </Form.Item>
            ))}
          </div>
          <Form.Item name="reason" label={t('common.reason')} rules={[{ required: true, whitespace: true, message: t('common.required') }]}>
            <Input.TextArea rows={2} maxLength={200} showCount data-testid="persons-reason" />
          </Form.Item>
        </Form>
      )}
    </Modal>
  );
}

// EntryFrame is what login and activation share: the platform's name, language and appearance.
import { Card, Typography } from 'antd';
import type { ReactNode } from 'react';
import { Tools } from '../app/Tools';
import { useI18n } from '../i18n/language';

export function EntryFrame({ title, children }: { title: string; children: ReactNode }) {
  const { t } = useI18n();
  return (
    <div className="kw-entry">
      <div className="kw-entry-tools"><Tools /></div>
      <main className="kw-entry-box">
        <div className="kw-entry-head">
          <img src="/favicon.svg" alt="" />
          <div>
            <Typography.Title level={1} style={{ fontSize: 22, margin: 0 }}>{t('app.name')}</Typography.Title>
            <Typography.Text type="secondary">{t('login.subtitle')}</Typography.Text>
          </div>
        </div>
        <Card><Typography.Title level={2} style={{ fontSize: 17, marginTop: 0 }}>{title}</Typography.Title>{children}</Card>
      </main>
    </div>
  );
}

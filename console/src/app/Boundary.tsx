// Boundary catches what a page throws while rendering, so that the rest of the console stays usable.
import { Button, Result, Typography } from 'antd';
import { Component, type ReactNode } from 'react';
import { useI18n } from '../i18n/language';

interface State {
  error?: Error;
}

export class Boundary extends Component<{ children: ReactNode }, State> {
  override state: State = {};
  static getDerivedStateFromError(error: Error): State {
    return { error };
  }
  override componentDidCatch(error: Error) {
    console.error(error);
  }
  override render() {
    return this.state.error ? <Broken error={this.state.error} /> : this.props.children;
  }
}

function Broken({ error }: { error: Error }) {
  const { t } = useI18n();
  return (
    <Result status="error" title={t('error.page')} subTitle={t('error.pageText')}
      extra={<Button type="primary" onClick={() => location.reload()}>{t('common.reload')}</Button>}>
      <Typography.Text code>{error.message}</Typography.Text>
    </Result>
  );
}
